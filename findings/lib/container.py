# FILE VERSION LIST: an unsigned container of ClamAV's (.cud) with one list of hashes in it.
import hashlib, io, os, sys, tarfile
path, version, source = sys.argv[1:]
with open(source, 'rb') as file: lines = file.read()
name = os.path.basename(source)
head = 'ClamAV-VDB:29 Nov 2026 23-00 +0000:%s:%d:90:X:X:example:1796000000' % (version, lines.count(b'\n'))
info = ('%s\n%s:%d:%s\n' % (head, name, len(lines), hashlib.sha256(lines).hexdigest())).encode()
with open(path, 'wb') as out:
    out.write(head.encode().ljust(512))
    with tarfile.open(fileobj=out, mode='w', format=tarfile.USTAR_FORMAT) as tar:
        for called, content in ((os.path.splitext(name)[0] + '.info', info), (name, lines)):
            member = tarfile.TarInfo(called)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
