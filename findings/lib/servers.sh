# Servers for the scripts, on loopback and free ports, ended with the script. Sourced after setup.sh. Each function waits until
# its server listens and leaves the port in the variable `port`.

# serve FOLDER [LOG]: Python's server; its log holds the requests. Answers 304 to dates at or after a file's, as Apache does.
serve() {
  port=$(free_port)
  background python3 -m http.server --bind 127.0.0.1 --directory "$1" "$port" >"${2:-/dev/null}" 2>&1
  until_true listens "$port"
}

# start_nginx HTTP: nginx with these directives in `http`; the port is that of the first `listen` in them.
start_nginx() {
  mkdir -p "$T/nginx" && chmod 777 "$T/nginx"
  printf '%s\n' "daemon off; pid $T/nginx/pid; error_log $T/nginx/error.log; events {}" 'http {' 'access_log off;' \
    'client_body_temp_path nginx/1; proxy_temp_path nginx/2; fastcgi_temp_path nginx/3; uwsgi_temp_path nginx/4;' \
    'scgi_temp_path nginx/5;' "$1" '}' >"$T/nginx.conf"
  background nginx -p "$T" -c "$T/nginx.conf" 2>/dev/null
  port=$(sed -n 's/.*listen 127.0.0.1:\([0-9]*\).*/\1/p' "$T/nginx.conf" | head -1)
  until_true listens "$port"
}

# start_vsftpd FOLDER: anonymous only. Wants root.
start_vsftpd() {
  [ "$(id -u)" = 0 ] || absent 'vsftpd wants root'
  port=$(free_port)
  mkdir -p "$T/vsftpd/jail" && chmod -R a+rX "$1"
  printf '%s\n' listen=YES listen_address=127.0.0.1 "listen_port=$port" background=NO anonymous_enable=YES local_enable=NO \
    no_anon_password=YES "anon_root=$1" ftp_username=daemon nopriv_user=nobody "secure_chroot_dir=$T/vsftpd/jail" \
    xferlog_enable=NO seccomp_sandbox=NO >"$T/vsftpd.conf"
  background vsftpd "$T/vsftpd.conf" >/dev/null 2>&1
  until_true listens "$port"
}

# start_proftpd FOLDER [DIRECTIVE...]: anonymous only, with these directives for it. Wants root.
start_proftpd() {
  [ "$(id -u)" = 0 ] || absent 'ProFTPD wants root'
  port=$(free_port)
  mkdir -p "$T/proftpd" && chmod -R a+rX "$1"
  printf '%s\n' "ModulePath $root/usr/lib/proftpd" 'ServerType standalone' 'DefaultAddress 127.0.0.1' 'SocketBindTight on' \
    "Port $port" 'UseIPv6 off' 'User nobody' 'Group nogroup' "PidFile $T/proftpd/pid" "ScoreboardFile $T/proftpd/score" \
    'DelayTable none' 'WtmpLog off' 'UseReverseDNS off' 'UseFtpUsers off' 'ControlsEngine off' "<Anonymous $1>" 'User nobody' \
    'Group nogroup' 'UserAlias anonymous nobody' 'RequireValidShell off' "${@:2}" '</Anonymous>' >"$T/proftpd.conf"
  background proftpd -n -q -c "$T/proftpd.conf" >/dev/null 2>&1
  until_true listens "$port"
}

# start_pureftpd FOLDER: anonymous only, FOLDER mounted over the home of the user ftp for this process alone. Wants root.
start_pureftpd() {
  [ "$(id -u)" = 0 ] || absent 'Pure-FTPd wants root'
  local home
  home=$(getent passwd ftp | cut -d: -f6)
  [ -d "$home" ] || absent 'Pure-FTPd wants a user ftp with a home'
  port=$(free_port)
  chmod -R a+rX "$1"
  background unshare -m sh -c \
    "mount --bind '$1' '$home' && exec pure-ftpd -4 -e -H -A -S 127.0.0.1,$port -Y 0 -g '$T/pure.pid'" >/dev/null 2>&1
  until_true listens "$port"
}

# start_clamd [OPTION...]: clamd.conf with the databases of $T/db, or of another DatabaseDirectory that is named.
start_clamd() {
  local options=("$@")
  [[ " $* " = *' DatabaseDirectory '* || "$*" = DatabaseDirectory* ]] || options+=("DatabaseDirectory $T/db")
  printf '%s\n' "LocalSocket $T/socket" "LogFile $T/log" 'Foreground yes' "User $(id -un)" "${options[@]}" >"$T/clamd.conf"
  background clamd -c "$T/clamd.conf" >/dev/null 2>&1
  until_true clamdscan -c "$T/clamd.conf" --ping 1
}

# scan FILE: what clamd finds in it; `OK` or `Name.UNOFFICIAL FOUND`.
scan() {
  clamdscan -c "$T/clamd.conf" --no-summary --stream "$1" | sed 's/^.*: //'
}

# freshclam_conf OPTION...: into $T/freshclam.conf, with the database folder $T/db.
freshclam_conf() {
  mkdir -p "$T/db"
  printf '%s\n' "DatabaseDirectory $T/db" "DatabaseOwner $(id -un)" "$@" >"$T/freshclam.conf"
}

# run_freshclam OPTION...: its output in the file `out`, its status as the status.
run_freshclam() {
  timeout 60 freshclam --no-dns --config-file="$T/freshclam.conf" "$@" >"$T/out" 2>&1
}
