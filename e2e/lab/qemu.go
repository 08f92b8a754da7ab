package lab

import (
	"fmt"
	"net"
	"time"
)

// mac makes the network card's address from the machine's.
func (m *Machine) mac() string {
	a := m.Address.As4()
	return net.HardwareAddr{0x52, 0x54, 0, a[1], a[2], a[3]}.String()
}

func (m *Machine) tap() string { return fmt.Sprintf("tap%d", m.Address.As4()[3]) }

// plugIn gives the machine a cable to the bridge.
func (m *Machine) plugIn() error {
	run("ip", "link", "del", m.tap()) // of an earlier boot
	for _, args := range [][]string{
		{"tuntap", "add", m.tap(), "mode", "tap"},
		{"link", "set", m.tap(), "master", bridge, "up"},
	} {
		if err := run("ip", args...); err != nil {
			return err
		}
	}
	return nil
}

// arguments are QEMU's.
func (m *Machine) arguments() []string {
	args := append(Acceleration(),
		// qboot, not SeaBIOS, which takes 32 emulated seconds to start a kernel.
		"-machine", "q35", "-bios", "qboot.rom",
		"-name", m.Name, "-smp", fmt.Sprint(processors(m.CPUs)), "-m", fmt.Sprint(m.Memory),
		"-display", "none", "-vga", "none", "-no-user-config", "-nodefaults",
		"-chardev", "file,id=console,append=on,path="+m.file("console.log"), "-serial", "chardev:console",
		"-kernel", m.Disk.Kernel, "-initrd", m.Disk.Initrd, "-append", m.kernelCommandLine(),
		// A power cut ends QEMU, not the host: the host's cache is the disk.
		"-drive", "if=virtio,cache=unsafe,discard=unmap,file="+m.file("disk.qcow2"),
		"-netdev", "tap,id=net,script=no,downscript=no,ifname="+m.tap(),
		"-device", "virtio-net-pci,romfile=,netdev=net,mac="+m.mac(),
		"-device", "virtio-rng-pci")
	if m.Blank > 0 {
		args = append(args, "-drive", "if=virtio,cache=unsafe,discard=unmap,file="+m.file("blank.qcow2"))
	}
	for _, folder := range m.lab.Firmware {
		args = append(args, "-L", folder)
	}
	if !m.Clock.IsZero() {
		args = append(args, "-rtc", "base="+m.Clock.UTC().Format("2006-01-02T15:04:05"))
	}
	switch m.Delivery {
	case CloudInit:
		args = append(args, "-drive", "if=virtio,format=raw,readonly=on,file="+m.file("seed.iso"))
	case Ignition:
		args = append(args, "-fw_cfg", "name=opt/com.coreos/config,file="+m.Payload)
	}
	return args
}

// Acceleration is the host's processor where it can be had, and else emulation:
// of a processor without what QEMU's emulation is slow at. Those are five-level
// paging; memory protection keys, with which each switch between threads empties
// the emulated TLB (Go's garbage collection takes five times as long); and moves
// of strings that the kernel takes for fast (starting a program takes 1.7 times
// as long).
func Acceleration() []string {
	if Accelerated() {
		return []string{"-accel", "kvm", "-cpu", "host"}
	}
	return []string{"-accel", "tcg,thread=multi,tb-size=1024", "-cpu", "max,la57=off,pku=off,smap=off,erms=off,fsrm=off"}
}

// kernelCommandLine is what a boot loader would pass. No payload depends on the
// settings for emulation.
func (m *Machine) kernelCommandLine() string {
	line := "root=/dev/vda rw console=ttyS0 net.ifnames=0"
	if !Accelerated() {
		line += " " + Emulated
	}
	if m.Delivery != CloudInit {
		line += fmt.Sprintf(" ip=%s::%s:255.255.255.0:%[3]s:eth0:none:%[2]s systemd.hostname=%[3]s", m.Address, Gateway, m.Name)
	}
	return line
}

// Age is how long the machine has had power.
func (m *Machine) Age() time.Duration { return time.Since(m.PoweredOn) }

// Emulated saves time (the first three), and has every processor wake up with
// each tick: QEMU 10.0's emulation loses a timer's interrupt now and then, and a
// processor that sleeps until then sleeps for ever ("rcu_preempt detected
// stalls", about one boot in fifteen). What is left of it, one boot in a few
// hundred, is in the kernel's first seconds: PowerOn sees it.
const Emulated = "mitigations=off nowatchdog tsc=reliable nohz=off highres=off"
