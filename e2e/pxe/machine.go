package pxe

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/kube-anywhere/kube-anywhere/e2e/artifact"
	"github.com/kube-anywhere/kube-anywhere/e2e/lab"
)

// firmware is what a machine starts with.
type firmware string

const (
	// biosPXE is BIOS with a network card that is not iPXE to a DHCP server. No
	// free one is: this is iPXE under another user class, which stands in for a
	// vendor's (https://ipxe.org/appnote/userclass). It ignores the disk.
	biosPXE firmware = "BIOS"
	// biosROM is BIOS with iPXE on the network card, which says so.
	biosROM firmware = "BIOS, iPXE on the card"
	// biosAsks is BIOS and somebody who gets an address and asks for the scripts.
	biosAsks firmware = "BIOS, asking"
	uefi     firmware = "UEFI"
)

// scripts are what iPXE begins with in the place of its own doing.
var scripts = map[firmware]string{
	// Beside another server dnsmasq offers a PXE menu of one entry. Its type is
	// 0x8000, the first that is free; iPXE reads it from the lower byte on. The
	// class is cleared for the next iPXE, which would inherit it.
	biosPXE: `#!ipxe
set user-class PXE
dhcp
isset ${filename} || goto menu
clear user-class
chain tftp://${next-server}/${filename}
:menu
pxebs net0 128
clear user-class
chain tftp://${pxebs/next-server}/${pxebs/filename}
`,
	biosAsks: "#!ipxe\ndhcp\nisset ${filename} && echo told to boot ${filename} || echo told to boot nothing\n" +
		"chain http://" + bootServer.String() + ":8080/boot.ipxe\n",
}

// machine is one that has power, or will.
type machine struct {
	identity
	firmware
	w *World
	// installed has a disk that boots, and the network before it.
	installed bool
	qemu      *daemon
}

func (w *World) machine(i identity, f firmware) *machine {
	return &machine{identity: i, firmware: f, w: w}
}

// as is the same machine with other firmware.
func (m *machine) as(f firmware) *machine { return m.w.machine(m.identity, f) }

func (m *machine) dir() string             { return filepath.Join(m.w.Scratch, "machines") }
func (m *machine) file(name string) string { return filepath.Join(m.dir(), m.name+"-"+name) }

// consoleFile is where the machine writes; a second boot has another one.
func (m *machine) consoleFile() string {
	if m.installed {
		return m.file("installed.log")
	}
	return m.file("console.log")
}

// powerOn starts QEMU with a new console and, unless it is installed, a new
// blank disk.
func (m *machine) powerOn() error {
	if err := os.MkdirAll(m.dir(), 0o755); err != nil {
		return err
	}
	for _, name := range []string{m.consoleFile(), m.file("qemu.out"), m.file("qemu.err"), m.file("disk"), m.file("vars")} {
		if err := os.RemoveAll(name); err != nil {
			return err
		}
	}
	tap := "tap" + m.mac[len(m.mac)-2:]
	run("ip", "link", "del", tap) // of an earlier boot
	if err := errors.Join(run("ip", "tuntap", "add", tap, "mode", "tap"), run("ip", "link", "set", tap, "master", bridge, "up")); err != nil {
		return err
	}
	args, err := m.arguments(tap)
	if err != nil {
		return err
	}
	m.qemu, err = startDaemon(m.dir(), m.name+"-qemu", exec.Command(m.w.QEMU.Program, args...))
	return err
}

// arguments are QEMU's.
func (m *machine) arguments(tap string) ([]string, error) {
	firmware, err := m.firmwareArguments()
	if err != nil {
		return nil, err
	}
	disk, err := m.disk()
	if err != nil {
		return nil, err
	}
	diskPlace, networkPlace := 1, 2
	if m.installed {
		diskPlace, networkPlace = 2, 1
	}
	rom := ",romfile=" // none
	if m.firmware == biosROM {
		rom = "" // QEMU's own choice, which is iPXE
	}
	args := append(lab.Acceleration(),
		"-name", m.name, "-smp", "1", "-m", "512", "-display", "none", "-vga", "none", "-no-user-config", "-nodefaults",
		"-chardev", "file,id=console,path="+m.consoleFile(), "-serial", "chardev:console",
		"-drive", "if=none,id=disk,"+disk, "-device", fmt.Sprintf("virtio-blk-pci,drive=disk,bootindex=%d", diskPlace),
		"-netdev", "tap,id=net,script=no,downscript=no,ifname="+tap,
		"-device", fmt.Sprintf("virtio-net-pci,netdev=net,mac=%s%s,bootindex=%d", m.mac, rom, networkPlace),
		"-device", "virtio-rng-pci") // without one, newer firmware has no network
	for _, folder := range append(m.w.QEMU.Firmware, artifact.IPXERoms) {
		args = append(args, "-L", folder)
	}
	return append(args, firmware...), nil
}

// firmwareArguments are QEMU's for the firmware, whose text goes to the serial
// console.
func (m *machine) firmwareArguments() ([]string, error) {
	if m.firmware == uefi {
		return []string{"-machine", "q35",
			"-drive", "if=pflash,format=raw,readonly=on,file=" + artifact.OVMFCode,
			"-drive", "if=pflash,format=raw,file=" + m.file("vars"),
		}, run("cp", artifact.OVMFVars, m.file("vars"))
	}
	args := []string{"-machine", "q35,graphics=off"}
	script, ok := scripts[m.firmware]
	if !ok {
		return args, nil
	}
	return append(args, "-kernel", artifact.IPXE+"/ipxe.lkrn", "-initrd", m.file("script")), os.WriteFile(m.file("script"), []byte(script), 0o644)
}

// disk is QEMU's description of the machine's disk: blank, or one that boots as
// an installed one does.
func (m *machine) disk() (string, error) {
	var begin []byte
	if m.installed {
		begin = bootSector()
	}
	file := m.file("disk")
	// Large enough to have the tracks that a BIOS counts in.
	return "format=raw,file=" + file, errors.Join(os.WriteFile(file, begin, 0o644), os.Truncate(file, 64<<20))
}

// diskBoots is what an installed machine's disk says.
const diskBoots = "The disk boots."

// uefiNext is what UEFI says when it goes on from the network by IPv4 to its next
// boot entry. In QEMU that is the network by IPv6; the disk comes after minutes.
const uefiNext = "Start PXE over IPv6"

// bootSector is a disk that says so.
func bootSector() []byte {
	sector := make([]byte, 512)
	code := []byte{
		0x31, 0xc0, 0x8e, 0xd8, // ds = 0
		0xbe, 0x15, 0x7c, // si = where the text is: a disk's first sector is at 0x7c00
		0xac, 0x84, 0xc0, 0x74, 0x06, // al = the next byte; 0 is the end
		0xb4, 0x0e, 0xcd, 0x10, // the BIOS writes it
		0xeb, 0xf5, // and so on
		0xf4, 0xeb, 0xfd, // stop
	}
	copy(sector, append(code, diskBoots+"\r\n"...))
	sector[510], sector[511] = 0x55, 0xaa
	return sector
}

func (m *machine) powerOff() {
	if m.qemu != nil {
		m.qemu.process.Kill()
		<-m.qemu.ended
	}
}

var (
	escapes = regexp.MustCompile(`\x1b\[[0-9;=?]*[A-Za-z]`)
	// dead is what firmware, iPXE, the kernel and the stand-in say when nothing
	// will come of it any more.
	dead = regexp.MustCompile(`could not load everything|There is no script|No more network devices|No bootable device|No bootable option|` +
		`PXE-E\d+: .*|No configuration methods succeeded|Kernel panic.*|stand-in: .* failed|stand-in: no address`)
)

// console is what the machine wrote, without the moves of the cursor.
func (m *machine) console() string {
	return strings.ReplaceAll(escapes.ReplaceAllString(read(m.consoleFile()), ""), "\r", "")
}

// says waits for a text on the console, a regular expression; with failing it gives up when the
// machine does.
func (m *machine) says(ctx context.Context, text string, failing bool) error {
	re, err := regexp.Compile(text)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	return lab.Until(ctx, fmt.Sprintf("%s (%s) to say %q", m.name, m.firmware, text), func(context.Context) error {
		console := m.console()
		if re.MatchString(console) {
			return nil
		}
		if said := dead.FindString(console); failing && said != "" {
			cancel(errors.New(said))
			return fmt.Errorf("it says %q", said)
		}
		select {
		case <-m.qemu.ended:
			cancel(errors.New("no power"))
			return fmt.Errorf("it has no power any more: %s", lastOf(read(m.qemu.errs)+console))
		default:
		}
		return fmt.Errorf("its last words: %s", lastOf(console))
	})
}

// reachesTheEnd waits until the system that booted has told everything.
func (m *machine) reachesTheEnd(ctx context.Context) error {
	return m.says(ctx, "stand-in: the end", true)
}
