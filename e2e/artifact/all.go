package artifact

import (
	"context"
	"sync"
)

// Everything is all that there is to build.
type Everything struct {
	QEMU   QEMU
	Keys   Keys
	CNI    CNIArchive
	Images string // directory of the OCI layout
	Disks  map[Kind]Disk
}

// All builds everything, for these image references. Call it with all references
// that any test needs: images for another list replace these.
func (b *Builder) All(ctx context.Context, refs []string) (*Everything, error) {
	if err := b.Host(ctx); err != nil {
		return nil, err
	}
	all := &Everything{Disks: map[Kind]Disk{}}
	err := together(
		func() (err error) { all.QEMU, err = b.QEMU(ctx); return },
		func() (err error) { all.Keys, err = b.Keys(ctx); return },
		func() (err error) { all.CNI, err = b.CNIArchive(ctx); return },
		func() (err error) { all.Images, err = b.Images(ctx, refs); return },
		// What disks share, so that they do not each find it missing.
		func() error { _, err := b.parts(ctx, refs); return err },
	)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	var builds []func() error
	for _, kind := range Kinds {
		builds = append(builds, func() error {
			d, err := b.Disk(ctx, kind, refs)
			mu.Lock()
			defer mu.Unlock()
			all.Disks[kind] = d
			return err
		})
	}
	return all, together(builds...)
}
