# Prometheus for the scripts. Sourced after setup.sh.
debian prometheus 2.42.0+ds-5+deb12u1

# start_prometheus FILE [OPTION...]: with this configuration and the data of before; its port in $prometheus.
start_prometheus() {
  prometheus=$(free_port)
  background prometheus --config.file="$1" --storage.tsdb.path="$T/data" --web.enable-lifecycle \
    --web.listen-address="127.0.0.1:$prometheus" "${@:2}" >>prometheus.log 2>&1
  until_true curl -fsS "http://127.0.0.1:$prometheus/-/ready"
}

stop_prometheus() {
  kill "${started[-1]}"
  wait "${started[-1]}"
}

# alerts: name and state of each alert, by name.
alerts() {
  curl -fsS "http://127.0.0.1:$prometheus/api/v1/alerts" | python3 -c 'import json, sys
print(" ".join(sorted(a["labels"]["alertname"] + " " + a["state"] for a in json.load(sys.stdin)["data"]["alerts"])))'
}
alerts_are() { [ "$(alerts)" = "$1" ]; }
