"""TUF metadata by another library: checks a published tree, or makes a small repository for our client.

check ROOT TREE   walks from the pinned root to every target; prints how many there are
make FOLDER       writes metadata/ and targets/ with one target, file.txt, and root.json
"""

import hashlib
import json
import os
import sys

from securesystemslib import formats, keys


def load(path):
    with open(path, "rb") as file:
        return json.load(file)


def signed_by(metadata, table, role):
    payload = formats.encode_canonical(metadata["signed"]).encode()
    good = set()
    for signature in metadata["signatures"]:
        keyid = signature["keyid"]
        if keyid not in role["keyids"]:
            continue
        key = {**table[keyid], "keyid": keyid}
        # The name of a key is the digest of what it is.
        plain = {part: table[keyid][part] for part in ("keytype", "scheme", "keyval")}
        assert hashlib.sha256(formats.encode_canonical(plain).encode()).hexdigest() == keyid, keyid
        if keys.verify_signature(key, signature, payload):
            good.add(keyid)
    assert len(good) >= role["threshold"], (metadata["signed"]["_type"], good)


def check(pinned, tree):
    place = os.path.join(tree, "metadata")
    root = load(pinned)
    signed_by(root, root["signed"]["keys"], root["signed"]["roles"]["root"])
    while True:
        path = os.path.join(place, f"{root['signed']['version'] + 1}.root.json")
        if not os.path.exists(path):
            break
        following = load(path)
        for judge in (root, following):
            signed_by(following, judge["signed"]["keys"], judge["signed"]["roles"]["root"])
        root = following

    def role(name, path):
        metadata = load(path)
        signed_by(metadata, root["signed"]["keys"], root["signed"]["roles"][name])
        return metadata["signed"]

    def named(name, meta):
        path = os.path.join(place, f"{meta['version']}.{name}.json")
        with open(path, "rb") as file:
            data = file.read()
        assert len(data) == meta["length"]
        assert hashlib.sha256(data).hexdigest() == meta["hashes"]["sha256"]
        return role(name, path)

    timestamp = role("timestamp", os.path.join(place, "timestamp.json"))
    snapshot = named("snapshot", timestamp["meta"]["snapshot.json"])
    targets = named("targets", snapshot["meta"]["targets.json"])
    for target, meta in targets["targets"].items():
        folder, name = os.path.split(target)
        for served in (name, f"{meta['hashes']['sha256']}.{name}"):
            with open(os.path.join(tree, folder, served), "rb") as file:
                data = file.read()
            assert len(data) == meta["length"], served
            assert hashlib.sha256(data).hexdigest() == meta["hashes"]["sha256"], served
    print(json.dumps({"root": root["signed"]["version"], "targets": len(targets["targets"])}))


def make(folder):
    os.makedirs(os.path.join(folder, "metadata"))
    os.makedirs(os.path.join(folder, "targets"))
    made = {name: keys.generate_ecdsa_key() for name in ("root", "timestamp", "snapshot", "targets")}
    table = {}
    for name, key in made.items():
        plain = {"keytype": "ecdsa", "scheme": key["scheme"], "keyval": {"public": key["keyval"]["public"]}}
        keyid = hashlib.sha256(formats.encode_canonical(plain).encode()).hexdigest()
        key["keyid"] = keyid
        table[keyid] = plain

    def write(name, file, contents):
        signed = {
            "_type": name,
            "spec_version": "1.0.31",
            "version": 1,
            "expires": "2099-01-01T00:00:00Z",
            **contents,
        }
        signature = keys.create_signature(made[name], formats.encode_canonical(signed).encode())
        data = json.dumps({"signed": signed, "signatures": [signature]}).encode()
        with open(os.path.join(folder, file), "wb") as out:
            out.write(data)
        return {"version": 1, "length": len(data), "hashes": {"sha256": hashlib.sha256(data).hexdigest()}}

    roles = {name: {"keyids": [key["keyid"]], "threshold": 1} for name, key in made.items()}
    write("root", "root.json", {"consistent_snapshot": True, "keys": table, "roles": roles})
    content = "from elsewhere\n".encode()
    digest = hashlib.sha256(content).hexdigest()
    with open(os.path.join(folder, "targets", f"{digest}.file.txt"), "wb") as out:
        out.write(content)
    claims = {"file.txt": {"length": len(content), "hashes": {"sha256": digest}}}
    targets = write("targets", "metadata/1.targets.json", {"targets": claims})
    snapshot = write("snapshot", "metadata/1.snapshot.json", {"meta": {"targets.json": targets}})
    write("timestamp", "metadata/timestamp.json", {"meta": {"snapshot.json": snapshot}})


{"check": check, "make": make}[sys.argv[1]](*sys.argv[2:])
