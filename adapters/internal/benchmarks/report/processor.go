package report

import (
	"bytes"
	"os"
)

// Processor is its name, and whether it has instructions for SHA-256: they decide how much
// all but the hash weighs.
func Processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	name := "unknown"
	for line := range bytes.Lines(info) {
		key, value, _ := bytes.Cut(line, []byte(":"))
		switch string(bytes.TrimSpace(key)) {
		case "model name":
			name = string(bytes.TrimSpace(value))
		case "flags", "Features":
			for _, flag := range bytes.Fields(value) {
				if string(flag) == "sha_ni" || string(flag) == "sha2" {
					return name + ", with SHA instructions"
				}
			}
			return name + ", without SHA instructions"
		}
	}
	return name
}
