# Debian's other crons for the scripts. Sourced after setup.sh. They are never started as services.
[ "$(id -u)" = 0 ] || absent 'root is wanted: both crons read folders of the system'
debian systemd-cron 1.15.19-5
generator=${root:-}/lib/systemd/system-generators/systemd-crontab-generator
[ -x "$generator" ] || absent "systemd-cron's generator"
debian bcron 0.11-19
export LD_LIBRARY_PATH=${root:-}/usr/lib:${LD_LIBRARY_PATH:-}

# timers FILE: the units that systemd-cron makes of this file as one of /etc/cron.d, in $T/units.
timers() {
  rm -rf "$T/units" "$T/cron.d"
  mkdir -p "$T/units" "$T/cron.d"
  cp "$1" "$T/cron.d/example"
  [ -d /etc/cron.d ] || absent 'a folder /etc/cron.d'
  unshare -m sh -c "mount --bind '$T/cron.d' /etc/cron.d && exec '$generator' '$T/units'" 2>"$T/generator.log"
}

# plan FILE: what bcron's scheduler says of this file as one of /etc/cron.d, asked by its signal.
plan() {
  rm -rf "$T/spool"
  mkdir -p "$T/spool/crontabs" "$T/spool/tmp"
  mkfifo "$T/spool/trigger"
  cp "$1" "$T/spool/crontabs/:etc:cron.d:example"
  BCRON_SPOOL=$T/spool background bcron-sched >/dev/null 2>"$T/plan" </dev/null
  until_true grep -q Loading "$T/plan"
  pkill -USR1 -P "${started[-1]}" || kill -USR1 "${started[-1]}"
  until_true grep -q cmd: "$T/plan"
  kill "${started[-1]}"
}
