#!/bin/bash
# OpenSCAP: a rule whose definitions (OVAL) cannot be had. Seen with openscap-scanner 1.3.7 (Debian 12).
#
# Guess: `oscap xccdf eval` fails where the definitions that a rule goes by are missing, be it a file or, with
#   `--fetch-remote-resources`, an address: what could not be looked at has not passed.
# Behaviour: the rule is `notchecked`, which is no failure, and the status is 0, as for a machine that has passed: one on which
#   the same definitions find a vulnerability passes while their server answers 404 or not at all, or their file is gone. Only
#   stderr tells. What was fetched the time before is not kept. Only what is there and is no OVAL, as a page, is an error.
# Output: fail and 2; notchecked and 0 for 404, for nobody, for a file that is gone, and without the option; 1 for a page.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian openscap-scanner 1.3.7+dfsg-1+deb12u1
if [ -n "$root" ]; then
  export LD_LIBRARY_PATH=$LD_LIBRARY_PATH:$root/lib/$(uname -m)-linux-gnu:$root/usr/lib
  for kind in SCHEMA:schemas XSLT:xsl CPE:cpe; do export "OSCAP_${kind%:*}_PATH=$root/usr/share/openscap/${kind#*:}"; done
fi

mkdir www
oval=http://oval.mitre.org/XMLSchema
independent="xmlns=\"$oval/oval-definitions-5#independent\""
cat >www/oval.xml <<X
<oval_definitions xmlns="$oval/oval-definitions-5" xmlns:oval="$oval/oval-common-5">
  <generator><oval:schema_version>5.11</oval:schema_version><oval:timestamp>2026-01-01T00:00:00</oval:timestamp></generator>
  <definitions><definition class="vulnerability" id="oval:org.example:def:1" version="1">
    <metadata><title>Every Unix</title><affected family="unix"/><description>An example</description></metadata>
    <criteria><criterion test_ref="oval:org.example:tst:1"/></criteria>
  </definition></definitions>
  <tests><family_test $independent check="all" comment="family" id="oval:org.example:tst:1" version="1">
    <object object_ref="oval:org.example:obj:1"/><state state_ref="oval:org.example:ste:1"/></family_test></tests>
  <objects><family_object $independent id="oval:org.example:obj:1" version="1"/></objects>
  <states><family_state $independent id="oval:org.example:ste:1" version="1"><family>unix</family></family_state></states>
</oval_definitions>
X
cp www/oval.xml here.xml
echo '<html><body>Down for maintenance</body></html>' >www/page.xml
serve "$T/www"
evaluate() { # ADDRESS OF THE DEFINITIONS [OPTION...]: the result of the rule and the status
  cat >benchmark.xml <<X
<Benchmark xmlns="http://checklists.nist.gov/xccdf/1.2" id="xccdf_org.example_benchmark_one">
  <status date="2026-01-01">draft</status><title>Example</title><version>1</version>
  <Rule id="xccdf_org.example_rule_one" selected="true"><title>No known vulnerability</title>
    <check system="$oval/oval-definitions-5"><check-content-ref href="$1"/></check></Rule>
</Benchmark>
X
  timeout 30 oscap xccdf eval "${@:2}" benchmark.xml >out 2>err
  local status=$?
  echo "$(sed -n 's/^Result[[:space:]]*//p' out) $status"
}
fetch=--fetch-remote-resources
seen 'the definitions are valid' 0 "$(oscap oval validate here.xml >/dev/null 2>&1; echo $?)"
seen 'a file' 'fail 2' "$(evaluate here.xml)"
seen 'over HTTP' 'fail 2' "$(evaluate "http://127.0.0.1:$port/oval.xml" $fetch)"
seen '404' 'notchecked 0' "$(evaluate "http://127.0.0.1:$port/none.xml" $fetch)"
seen 'nobody listens' 'notchecked 0' "$(evaluate "http://127.0.0.1:$(free_port)/oval.xml" $fetch)"
seen 'a page' ' 1' "$(evaluate "http://127.0.0.1:$port/page.xml" $fetch)"
mv www/oval.xml www/away.xml
seen 'the address of before, 404 today' 'notchecked 0' "$(evaluate "http://127.0.0.1:$port/oval.xml" $fetch)"
mv www/away.xml www/oval.xml
seen 'and there again' 'fail 2' "$(evaluate "http://127.0.0.1:$port/oval.xml" $fetch)"
seen 'without the option' 'notchecked 0' "$(evaluate "http://127.0.0.1:$port/oval.xml")"
seen 'a file that is gone' 'notchecked 0' "$(evaluate none.xml)"
the_end
