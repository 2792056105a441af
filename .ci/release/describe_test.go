package release_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"slices"
	"strings"
)

// describe returns what the packages of the module in dir export, those that others can
// import, in the order of their paths and names.
func describe(ctx context.Context, dir string) (string, error) {
	env := append(os.Environ(), "GOWORK=off")
	out, err := folder{dir, env}.output(ctx,
		"go", "list", "-deps", "-export", "-json=ImportPath,Name,Export,Module", "./...")
	if err != nil {
		return "", err
	}
	exports := map[string]string{} // the compiler's file about each package
	var own []string
	for decoder := json.NewDecoder(strings.NewReader(out)); ; {
		var p struct {
			ImportPath, Name, Export string
			Module                   *struct{ Main bool }
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return "", err
		}
		exports[p.ImportPath] = p.Export
		internal := slices.Contains(strings.Split(p.ImportPath, "/"), "internal") ||
			strings.HasSuffix(p.ImportPath, "/core/webhook/adapter") // which promises nothing to users
		if p.Module != nil && p.Module.Main && p.Name != "main" && !internal {
			own = append(own, p.ImportPath)
		}
	}
	imports := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})
	if len(own) == 0 {
		return "no package that others can import\n", nil // a module of commands
	}
	slices.Sort(own)
	var text strings.Builder
	for _, path := range own {
		pkg, err := imports.Import(path)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&text, "package %s // import %q\n\n", pkg.Name(), path)
		for _, line := range features(pkg) {
			text.WriteString(line + "\n")
		}
		text.WriteString("\n")
	}
	return strings.TrimSuffix(text.String(), "\n"), nil
}

// features returns what pkg exports, in the order of the names.
func features(pkg *types.Package) []string {
	var lines []string
	qualify := types.RelativeTo(pkg)
	for _, name := range pkg.Scope().Names() {
		object := pkg.Scope().Lookup(name)
		if !object.Exported() {
			continue
		}
		switch object := object.(type) {
		case *types.Const:
			lines = append(lines, fmt.Sprintf("const %s %s = %s",
				name, types.TypeString(object.Type(), qualify), object.Val().ExactString()))
		case *types.TypeName:
			lines = append(lines, typeFeatures(object, qualify)...)
		default:
			lines = append(lines, types.ObjectString(object, qualify))
		}
	}
	return lines
}

// typeFeatures gives each exported field and method its own line.
func typeFeatures(object *types.TypeName, qualify types.Qualifier) []string {
	fields, isStruct := object.Type().Underlying().(*types.Struct)
	if object.IsAlias() || !isStruct {
		return append([]string{types.ObjectString(object, qualify)}, methods(object, qualify)...)
	}
	declared := "type " + types.TypeString(object.Type(), qualify) + " struct"
	lines := []string{declared}
	unexported := false
	for i := range fields.NumFields() {
		field := fields.Field(i)
		if !field.Exported() {
			unexported = true
			continue
		}
		line := declared + ", " + types.ObjectString(field, qualify)
		if tag := fields.Tag(i); tag != "" {
			line += " `" + tag + "`"
		}
		lines = append(lines, line)
	}
	if unexported {
		// With none, a user may write a literal without field names.
		lines = append(lines, declared+", unexported fields")
	}
	return append(lines, methods(object, qualify)...)
}

// methods are all that *T has, promoted ones too, with T as the receiver where it has them.
func methods(object *types.TypeName, qualify types.Qualifier) []string {
	if object.IsAlias() || types.IsInterface(object.Type()) {
		return nil
	}
	var lines []string
	ofValue := types.NewMethodSet(object.Type())
	ofPointer := types.NewMethodSet(types.NewPointer(object.Type()))
	for i := range ofPointer.Len() {
		method := ofPointer.At(i).Obj()
		if !method.Exported() {
			continue
		}
		receiver := object.Name()
		if ofValue.Lookup(method.Pkg(), method.Name()) == nil {
			receiver = "*" + receiver
		}
		signature := strings.TrimPrefix(types.TypeString(method.Type(), qualify), "func")
		lines = append(lines, fmt.Sprintf("func (%s) %s%s", receiver, method.Name(), signature))
	}
	return lines
}
