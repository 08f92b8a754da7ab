#!/bin/sh
# Runs inside the root of a machine, when its files are in place. The argument is
# the kind of disk.
set -e

systemctl -q enable systemd-networkd systemd-resolved systemd-timesyncd
# Nobody waits for these, and an emulated processor is busy with them for long.
for unit in apt-daily apt-daily-upgrade dpkg-db-backup e2scrub_all fstrim; do
	systemctl -q mask "$unit.timer"
done
# A first boot's presets enable it, and then the kernel tells the console of every
# packet rule.
systemctl -q mask systemd-journald-audit.socket
if [ "$1" = kubeadm ]; then
	systemctl -q enable kubelet
fi
update-ca-certificates >/dev/null
ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
rm -f /etc/hostname
update-initramfs -u >/dev/null

# Every machine gets an identity of its own on its first boot. For systemd an
# empty file says just that; without any it also takes the boot for the system's
# first, and enables units as the preset files say: by these Ignition enables
# what a payload wants.
rm -f /etc/machine-id /var/lib/dbus/machine-id
if [ "$1" != ignition ]; then
	: >/etc/machine-id
fi
