#!/bin/sh
# Finishes the root of image tools, whose packages are only unpacked: what their
# scripts would have done when installed. mmdebstrap calls it with the root.
set -e
cd "$1"

ln -s bash usr/bin/sh
ln -s gawk usr/bin/awk
for program in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
	ln -s xtables-nft-multi "usr/sbin/$program"
done
mkdir -p etc/ssl/certs
cat usr/share/ca-certificates/mozilla/*.crt >etc/ssl/certs/ca-certificates.crt

# What images' scripts and programs call: a missing one would show hours later,
# inside an emulated machine.
chroot . /bin/bash -e <<'END'
for program in sh bash cp mv cat ls base64 sha1sum sha256sum sed awk find tar getent jq openssl \
	mount umount findmnt blkid nsenter mkfs.ext4 fsck.ext4 modprobe ethtool ip tc ss socat \
	iptables iptables-save ip6tables-restore nft ipset conntrack; do
	command -v "$program" >/dev/null || { echo "no program $program" >&2; exit 1; }
done
[ "$(echo 'a:b' | grep -oP 'a:\K.')" = b ]
[ "$(echo '{"a":"b"}' | jq -r .a)" = b ]
[ "$(echo a b | awk '{print $2}')" = b ]
openssl version >/dev/null
iptables --version | grep -q nf_tables
END
