#!/bin/bash
# node_exporter: two text files with the same metric. Seen with prometheus-node-exporter 1.5.0 (Debian 12).
#
# Guess: series from two files (two instances of a program on one host) are joined; what cannot be joined shows in
#   node_textfile_scrape_error.
# Behaviour: they are joined only when HELP is the same to the letter. One word changed (another version of the program)
#   and the series of the file that comes second by name are missing, with status 200, node_textfile_scrape_error 0 and
#   node_scrape_collector_success 1: an alert on them never fires. Only the exporter's own log tells.
# Output: one of two series, scrape_error 0.
. "$(dirname "$0")/lib/setup.sh"
debian prometheus-node-exporter 1.5.0-1+b6

mkdir text
put() { printf '# HELP example_sets %s\n# TYPE example_sets gauge\nexample_sets{instance="%s"} 1\n' "$2" "$1" >"text/$1.prom"; }
put one 'Sets on disk.'
put two 'Sets on disk.'
port=$(free_port)
background prometheus-node-exporter --collector.disable-defaults --collector.textfile --collector.textfile.directory="$T/text" \
  --web.listen-address="127.0.0.1:$port" 2>log
until_true listens "$port"
scrape() {
  curl -s -o answer -w '%{http_code}' "http://127.0.0.1:$port/metrics"
  echo " $(grep -c '^example_sets{' answer) series, error $(sed -n 's/^node_textfile_scrape_error //p' answer), success $(sed -n 's/^node_scrape_collector_success{collector="textfile"} //p' answer)"
}
seen 'the same HELP' '200 2 series, error 0, success 1' "$(scrape)"
put two 'Sets on disk'
seen 'HELP without its full stop' '200 1 series, error 0, success 1' "$(scrape)"
the_end
