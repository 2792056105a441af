package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/received"
)

// folder is the directory that -save writes deliveries to.
type folder struct{ name string }

func newFolder(name string) (*folder, error) {
	if err := notASecret(name); err != nil {
		return nil, fmt.Errorf("-save: %w", err)
	}
	if err := os.MkdirAll(name, 0o700); err != nil {
		return nil, fmt.Errorf("-save: %w: name a folder that can be written", cause(err))
	}
	probe, err := os.CreateTemp(name, ".probe-*")
	if err != nil {
		return nil, fmt.Errorf("-save: %w: name a folder that can be written", cause(err))
	}
	return &folder{name}, errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// write saves a delivery in a file. The names sort in the order of arrival. The file is
// renamed when it is complete, so a reader of the folder never sees a part of one.
func (f *folder) write(d received.Delivery) error {
	file, err := os.CreateTemp(f.name, ".delivery-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = file.Write(d.File())
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), filepath.Join(f.name, fileName(d)))
	}
	if err != nil {
		_ = os.Remove(file.Name()) // the first error says more
	}
	return err
}

func fileName(d received.Delivery) string {
	return fmt.Sprintf("%s-%06d.http", d.At.UTC().Format("20060102T150405.000000000Z"), d.ID)
}
