#!/bin/bash
# node_exporter: a text file whose last line does not end. Seen with prometheus-node-exporter 1.5.0 (Debian 12).
#
# Guess: the last sample is read as it is, or that sample alone is lost.
# Behaviour: the whole file is dropped, every sample before it, too ("unexpected end of input stream"); the same with
#   CRLF line ends and with one sample that carries a time. Files beside it are read. node_textfile_scrape_error becomes
#   1 and does not say which file; its node_textfile_mtime_seconds is missing.
# Output: neither of two samples, "node_textfile_scrape_error 1".
. "$(dirname "$0")/lib/setup.sh"
debian prometheus-node-exporter 1.5.0-1+b6

mkdir text
echo 'example_beside 1' >text/beside.prom
port=$(free_port)
background prometheus-node-exporter --collector.disable-defaults --collector.textfile --collector.textfile.directory="$T/text" \
  --web.listen-address="127.0.0.1:$port" 2>log
until_true listens "$port"
scrape() { # CONTENT
  printf "$1" >text/file.prom
  curl -s "http://127.0.0.1:$port/metrics" >answer
  echo "$(grep -c '^example_[ab] ' answer) of 2, beside $(grep -c '^example_beside ' answer), error $(sed -n 's/^node_textfile_scrape_error //p' answer), mtime $(grep -c '^node_textfile_mtime_seconds.*file.prom' answer)"
}
seen 'as it should be' '2 of 2, beside 1, error 0, mtime 1' "$(scrape 'example_a 1\nexample_b 2\n')"
seen 'no line end' '0 of 2, beside 1, error 1, mtime 0' "$(scrape 'example_a 1\nexample_b 2')"
seen 'CRLF' '0 of 2, beside 1, error 1, mtime 0' "$(scrape 'example_a 1\r\nexample_b 2\r\n')"
seen 'one with a time' '0 of 2, beside 1, error 1, mtime 0' "$(scrape 'example_a 1\nexample_b 2 1767225600000\n')"
the_end
