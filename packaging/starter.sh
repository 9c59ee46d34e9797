#!/bin/sh
# Starts defs with the Node that lies beside it, whatever a login shell has told another Node.
unset NODE_OPTIONS NODE_PATH
here=@here@
# The authorities of the system, as other programs trust them; where there are none, those that Node knows.
for file in "$SSL_CERT_FILE" /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt \
  /etc/ssl/ca-bundle.pem /etc/ssl/cert.pem; do
  if [ -n "$file" ] && [ -r "$file" ]; then
    SSL_CERT_FILE=$file
    export SSL_CERT_FILE
    exec "$here/node" --use-openssl-ca "$here/bin/defs.js" "$@"
  fi
done
exec "$here/node" "$here/bin/defs.js" "$@"
