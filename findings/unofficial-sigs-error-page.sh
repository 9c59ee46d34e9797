#!/bin/bash
# clamav-unofficial-sigs: a list of `add_dbs` whose server says 404 once. Seen with clamav-unofficial-sigs 3.7.2,
# clamav 1.4.6, curl 7.88.1, nginx 1.22.1 (Debian 12).
#
# Guess: the list of before stays, the run ends with an error, and the next run takes what is new.
# Behaviour: curl is called without `--fail`, so the page of the error lies where the next comparison begins, with the time of
#   that moment. From then on the server is asked for what is newer than the page: a list that it published before then, or
#   puts back as it was, is never fetched again. A list of hashes stays at its old state ("tested BAD - SKIPPING"); of a
#   list of YARA rules the page passes the test and takes its place among the databases. Status 0 each time.
# Output: 0 and both lists; after the 404, 0, the old hashes and the page; with both back on the server, the hashes newer
#   than before but older than the page, two more runs with 0 and the same.
. "$(dirname "$0")/lib/installed.sh"
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian nginx 1.22.1-9+deb12u11
debian clamav 1.4.6+dfsg-0+deb12u1
debian clamav-unofficial-sigs 3.7.2-2.1
as_installed

mkdir db state www
start_nginx "server { listen 127.0.0.1:$(free_port); root $T/www; }"
mkdir -p state/key
cp /usr/share/clamav-unofficial-sigs/publickey.gpg state/key
printf '%s\n' '. /usr/share/clamav-unofficial-sigs/conf.d/00-clamav-unofficial-sigs.conf' 'ss_dbs= si_dbs= mbl_dbs=' \
  'unset clam_user clam_group' 'setmode=no reload_dbs=no enable_random=no user_configuration_complete=yes' \
  "clam_dbs=$T/db log_file_path=$T work_dir=$T/state ss_dir=$T/state/1 si_dir=$T/state/2 mbl_dir=$T/state/3" \
  "add_dir=$T/state/own config_dir=$T/state/conf gpg_dir=$T/state/key" \
  "add_dbs='http://127.0.0.1:$port/own.hdb http://127.0.0.1:$port/own.yar'" >conf
mount --bind conf /etc/clamav-unofficial-sigs.conf || absent 'its configuration is needed'
list() { # WORD TIME: both lists on the server, with that word in them
  echo "$(printf hello | md5sum | cut -d' ' -f1):5:Name.$1" >www/own.hdb
  echo "rule $1 { strings: \$a = \"hello hello\" condition: \$a }" >www/own.yar
  touch -d "$2" www/*
}
state() { # what a run leaves in the folder of the databases
  timeout 60 clamav-unofficial-sigs >run.log 2>&1
  echo "$? $(grep -o 'Name.*' db/own.hdb) $(grep -o '404 Not Found' db/own.yar | head -n 1)$(grep -o '^rule [a-z]*' db/own.yar)"
}
list first '3 days ago'
seen 'first run' '0 Name.first rule first' "$(state)"
rm www/*
seen '404' '0 Name.first 404 Not Found' "$(state)"
list second '1 day ago'
seen 'back, with newer lists' '0 Name.first 404 Not Found' "$(state)"
seen 'the next run' '0 Name.first 404 Not Found' "$(state)"
the_end
