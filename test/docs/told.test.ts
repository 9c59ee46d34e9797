import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'

/** What can only be told, since no program can see or mend it: where, and the words that an administrator looks for. */
it.each([
  ['the folder that a container mounts', 'docs/clamav.md', ['VirusDefs', 'bind mount']],
  [
    'scans that keep the set of their beginning',
    'docs/clamav.md',
    ['`--fdpass`', 'the set of its beginning'],
  ],
  ['mail filters that keep verdicts', 'docs/clamav.md', ['rspamd', 'events: [25]']],
  ['mail filters that pass what they cannot scan', 'docs/clamav.md', ['`<NAME>_FAIL`', 'force_actions']],
  [
    'programs that watch the file and not the link',
    'docs/rules.md',
    ['switched link', 'systemctl, reload, rspamd'],
  ],
  ['the filter that must start after clamd', 'docs/clamav.md', ['c-icap', '--ping']],
  ['clients of clamd that wait without a bound', 'docs/clamav.md', ['`clamdjs` of npm', '`scanStream`']],
  ['the socket that systemd listens at', 'docs/clamav.md', ['ListenStream', 'clamav-daemon.socket']],
  ['the groups that clamd drops', 'docs/clamav.md', ['group_add', 'SupplementaryGroups']],
  ['how npm installs from an address', 'docs/install.md', ['npm install -g --install-links']],
  ['the names that an exception goes by', 'docs/clamav.md', ['.ign2', 'YARA.Name', 'Name.UNOFFICIAL']],
  [
    'what a reload of nats-server refuses',
    'docs/fleet.md',
    ['`max_file_store`', 'wants a start of the server'],
  ],
  [
    'samples that are too small for ClamAV',
    'docs/configuration.md',
    ['`gate.detect`', 'fewer than six bytes'],
  ],
  ['what an nginx that caches needs', 'docs/internal-server.md', ['proxy_cache_bypass $http_cache_control']],
  ['what apt-cacher-ng freezes', 'docs/internal-server.md', ['apt-cacher-ng', '`network.noProxy`']],
  ['what lighttpd needs', 'docs/internal-server.md', ['lighttpd', '"" => "application/octet-stream"']],
  [
    'the order in which other tools copy a tree',
    'docs/internal-server.md',
    ['rsync', 'timestamp.json', '--delay-updates', 'delays no link'],
  ],
  ['a mirror that rclone writes in place', 'docs/internal-server.md', ['rclone', 'under its own name']],
  ['an index that rclone leaves behind', 'docs/internal-server.md', ['WebDAV', '`--ignore-times`']],
  [
    'the link that other tools switch first',
    'docs/internal-server.md',
    ['Syncthing', 'rsync -a --exclude=/current VirusDefs/'],
  ],
  ['answers of DNS that are late', 'docs/clamav.md', ['`serve-expired-client-timeout: 1800`']],
  ['what rsyslog makes of the journal', 'docs/monitoring.md', ['imfile', '`events.jsonl*`', '`logtail2`']],
  ['what zchunk and casync make of a list', 'docs/rules.md', ['`zckdl`', '`unzck`', '`casync extract`']],
  ['xdelta3 and members that are packed', 'docs/internal-server.md', ['xdelta3 -d -D']],
  ['how long a clamd without concurrent reload is deaf', 'docs/limits.md', ['IdleTimeout']],
  ['the source that syslog-ng needs', 'docs/monitoring.md', ['syslog-ng', '`syslog()`']],
  ['where Lua scripts are looked for', 'docs/rules.md', ['Lua', 'default-rule-path']],
  [
    'what makes a gate of a list',
    'docs/rules.md',
    ['squidGuard', 'e2guardian -g', 'unbound-control reload', 'test -s'],
  ],
  ['what yarac does not say', 'docs/rules.md', ['`yarac` ends with 0']],
  [
    'how curl and wget may bring a list',
    'docs/clamav.md',
    ['`wget -N`', '`--tries=1`', 'wget2', '`curl --etag-save`', 'rename', 'clamav-unofficial-sigs'],
  ],
  [
    'names that are no virus to a mail filter',
    'docs/clamav.md',
    ['`Sanesecurity.`', '`@virus_name_to_spam_score_maps`'],
  ],
  [
    'what a mail filter makes of the status of clamscan',
    'docs/clamav.md',
    ['`av_scanner = cmdline:`', '`av_scanner = clamd:'],
  ],
  ['programs that ask seldom after a failure', 'docs/rules.md', ['20 to 40 times `map_watch_interval`']],
  ['a path that is made lower-case', 'docs/rules.md', ['e2guardian', 'ln -s /var/lib/defs/VirusDefs']],
  [
    'what SpamAssassin makes of rules',
    'docs/rules.md',
    ['updates.spamassassin.org', '--refreshmirrors', 'spamc'],
  ],
  ['a check that is OK without an answer', 'docs/monitoring.md', ['`check_clamav`', 'DNS']],
  ['what Zabbix takes for a value', 'docs/monitoring.md', ['UserParameter', '2>/dev/null']],
  ['the engine that c-icap may have', 'docs/clamav.md', ['`clamav_mod`', '`clamav:dbreload`']],
  ['answers that outlive a reload', 'docs/rules.md', ['rec_control wipe-cache', 'systemctl reload dnsmasq']],
  ['what zsync makes of a pack', 'docs/rules.md', ['`zsyncmake -Z`']],
  [
    'downloads that go on with another version',
    'docs/clamav.md',
    ['aria2', 'axel', '`lftp get -c`', '`s3cmd get --continue`'],
  ],
  ['patches on a wrong base', 'docs/rules.md', ['`rdiff patch`', '`bspatch`', '`zstd -d -f`']],
  ['what varnish needs', 'docs/internal-server.md', ['varnish', '-s malloc,4g', 'beresp.uncacheable']],
  ['what anacron takes for done', 'docs/scheduling.md', ['anacron', '`cron.daily`']],
  ['what runit says of a daemon that is down', 'docs/scheduling.md', ['`sv status`', '`/livez`']],
  ['the mode that logrotate wants', 'packaging/logrotate/defs', ['mode 644']],
  [
    'the flag that syslog-ng needs for the journal',
    'docs/monitoring.md',
    ['flags(no-parse)', '`json-parser()`'],
  ],
  ['checks that take too long', 'docs/monitoring.md', ['check_nrpe -t 60 -u']],
  ['what collectd should read', 'docs/monitoring.md', ['file:///var/lib/defs/status.json', '503']],
  ['what monit takes for a status and an age', 'docs/monitoring.md', ['its status is 9', '`if mtime`']],
  ['how snmptrapd shows letters', 'docs/monitoring.md', ['`outputOption a`']],
  ['mails of the end of an alert', 'docs/monitoring.md', ['`send_resolved: true`']],
  [
    'what check-config does not look at',
    'docs/monitoring.md',
    ['`amtool check-config`', 'alert add DefsTest'],
  ],
  ['whose folder clamconf describes', 'docs/clamav.md', ['`clamconf`', 'freshclam.conf']],
  ['repositories that go back', 'docs/internal-server.md', ['`InRelease`', 'with a later `Date`']],
  ['what backups and AIDE see of a link', 'docs/install.md', ['`current/`', 'restic', 'AIDE']],
  [
    'path units and links',
    'docs/rules.md',
    ['PathChanged=/var/lib/defs/VirusDefs/definfo.dat', 'is lost to it'],
  ],
  ['two times of day in one line', 'docs/scheduling.md', ['`OnCalendar=6:00,18:00`', '`6,18:00`']],
  [
    'filters that clamd was away from',
    'docs/clamav.md',
    ['`OnFail Accept`', '`HiddenStores on`', '`virusfilter:block access on error = yes`'],
  ],
  ['samples for rules that ClamAV reads otherwise', 'docs/field.md', ['gate.detect', 'gate.clean']],
])('tells of %s', (_, file, words) => {
  const text = readFileSync(resolve(file), 'utf8')
  for (const word of words) expect(text).toContain(word)
})
