#!/bin/bash
# amavisd: what the name of a signature decides. Seen with amavisd-new 2.13.0, clamav-daemon 1.4.6 (Debian 12), with its own
# defaults for names.
#
# Guess: what clamd finds is a virus, whatever the signature is called, and `$final_virus_destiny` says what becomes of it.
# Behaviour: names that begin as those of some lists of third parties do (`@virus_name_to_spam_score_maps`: `Sanesecurity.`,
#   `Email.Phishing.`, `Phishing.`, `winnow.phish.` and others) are no virus but a spam score of 0.1: the mail is delivered
#   as "Passed CLEAN". A site that names signatures of its own in that manner blocks nothing with them.
# Output: one attachment each; Example.Name is dropped, the other two are delivered.
. "$(dirname "$0")/lib/installed.sh"
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1
. "$here/lib/amavis.sh"

names=(Example.Name Sanesecurity.Example.1 Phishing.Example)
mkdir db
for at in 0 1 2; do
  printf 'sample %s' "$at" >sample
  echo "$(md5sum <sample | cut -d' ' -f1):8:${names[at]}" >>db/example.hdb
  mail_with sample "mail$at" text
done
start_clamd 'SelfCheck 0'
start_amavis "@av_scanners = ($clamd_scanner);"
for at in 0 1 2; do
  printf 'sample %s' "$at" >sample
  seen "attachment $at" "${names[at]}.UNOFFICIAL FOUND, $([ "$at" = 0 ] && echo dropped || echo delivered)" \
    "$(scan sample), $(sent "mail$at")"
done
the_end
