#!/bin/bash
# node_exporter: a copy beside a text file of metrics, as an editor, an operator or a renamed job leaves one. Seen with
# prometheus-node-exporter 1.5.0 (Debian 12).
#
# Guess: two files with one series are an error that node_textfile_scrape_error tells, or the newer file counts.
# Behaviour: the file whose name sorts first is told, however old; of the other one those series only that the first has not.
#   `defs-old.prom` and `defs.1.prom` sort before `defs.prom`, and `defs2.prom` behind it. Status 200, node_textfile_scrape_error
#   is 0, the success of the collector 1, and node_textfile_mtime_seconds has a fresh time for the file that is not told. A line
#   in the exporter's own log is all. Once the copy is gone the other one is told at the next scrape.
# Output: the values of both orders, and the three metrics that should tell.
. "$(dirname "$0")/lib/setup.sh"
debian prometheus-node-exporter 1.5.0-1+b6

mkdir texts
port=$(free_port)
background prometheus-node-exporter --collector.disable-defaults --collector.textfile --collector.textfile.directory="$T/texts" \
  --web.listen-address="127.0.0.1:$port" >log 2>&1
until_true listens "$port"
# scraped: status and series of ours.
scraped() { curl -s -o page -w '%{http_code} ' "http://127.0.0.1:$port/metrics"; grep '^defs_' page | paste -sd' '; }
value() { grep "^$1" page | sed 's/.* //'; }
printf 'defs_age_seconds 900000\n' >texts/defs-old.prom
touch -d '10 days ago' texts/defs-old.prom
printf 'defs_age_seconds 60\ndefs_sets 3\n' >texts/defs.prom
seen 'beside an old copy' '200 defs_age_seconds 900000 defs_sets 3' "$(scraped)"
seen 'errors' 0 "$(value node_textfile_scrape_error)"
seen 'success' 1 "$(value node_scrape_collector_success)"
seen 'files that are told as read' 2 "$(grep -c '^node_textfile_mtime_seconds' page)"
seen "the exporter's log" 'was collected before' "$(grep -om1 'was collected before' log)"
mv texts/defs-old.prom texts/defs2.prom
seen 'a copy that sorts behind' '200 defs_age_seconds 60 defs_sets 3' "$(scraped)"
mv texts/defs2.prom texts/defs.1.prom
seen 'a copy with a number' '200 defs_age_seconds 900000 defs_sets 3' "$(scraped)"
mv texts/defs.1.prom texts/defs.prom.old
seen 'a copy with another ending' '200 defs_age_seconds 60 defs_sets 3' "$(scraped)"
the_end
