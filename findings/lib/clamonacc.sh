# clamonacc for the scripts. Sourced after setup.sh. Wants root, and a kernel whose fanotify may refuse.
[ "$(id -u)" = 0 ] || absent 'root is needed to watch files'
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1
mkdir db
chmod 777 .
echo 'Example:0:*:68656c6c6f20646566696e6974696f6e' >db/example.ndb # "hello definition"
printf 'hello definition' >sample
touch log && chown nobody log

# start_clamonacc PATH...: with these to watch, what is found refused, and what cannot be scanned as well.
start_clamonacc() {
  printf '%s\n' "LocalSocket $T/socket" 'LocalSocketMode 666' "LogFile $T/log" 'Foreground yes' 'User nobody' \
    "DatabaseDirectory $T/db" 'OnAccessPrevention yes' 'OnAccessDenyOnError yes' 'OnAccessExcludeUname nobody' >clamd.conf
  printf "OnAccessIncludePath $T/%s\n" "$@" >>clamd.conf
  background clamd -c clamd.conf >/dev/null 2>&1
  until_true clamdscan -c clamd.conf --ping 1
  # It does not end on TERM alone each time.
  timeout -k 1 120 clamonacc -F -c clamd.conf --fdpass -l "$T/onacc.log" >onacc.out 2>&1 &
  started+=($!)
  local path
  for path in "$@"; do until_true grep -q "watching '$T/$path'" onacc.log; done
  sleep 3
  kill -0 "${started[-1]}" 2>/dev/null || absent "clamonacc does not run: $(tail -n 1 onacc.out)"
}

# read_ FILE...: of each, whether it can be read.
read_() {
  local file
  for file in "$@"; do timeout 20 cat "$file" >/dev/null 2>&1 && echo read || echo refused; done | paste -sd' '
}
