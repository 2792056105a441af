package report

import "runtime/debug"

// Versions are those of the named modules that the program is built with.
func Versions(named []string) []Fact {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	var all []Fact
	for _, name := range named {
		for _, module := range build.Deps {
			if module.Path == name {
				all = append(all, Fact{Name: name, Value: module.Version})
			}
		}
	}
	return all
}
