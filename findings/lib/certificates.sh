# Certificates for the scripts about signatures. Sourced after setup.sh: makes the root ca.pem in the temporary folder.

openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj '/CN=Example Root' -days 365 2>/dev/null

# certify NAME EXTENSIONS: NAME.pem and NAME.key, signed by that root.
certify() {
  openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=Example $1" 2>/dev/null
  printf "$2" >extensions
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 100 -extfile extensions -out "$1.pem" 2>/dev/null
}
