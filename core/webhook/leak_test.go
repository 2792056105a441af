package webhook_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"
)

// verbs are all that fmt knows for a struct, a string and bytes, with their flags.
var verbs = []string{
	"%v", "%+v", "%#v", "%s", "%+s", "%#s", "%q", "%+q", "%#q", "%x", "% x", "%#x", "%# x", "%X", "% X",
	"%d", "%+d", "%o", "%O", "%b", "%c", "%U", "%#U", "%t", "%e", "%f", "%g", "%10v", "%-10.3v", "%T",
}

// Eight consecutive bytes of a secret are no coincidence. Eleven consecutive bytes contain
// eight that begin at a multiple of four.
const window, step = 8, 4

// detector finds parts of sensitive data in a text, in every form that fmt and the
// usual encodings give them.
type detector struct {
	raw   []string
	forms map[string]bool
}

func newDetector(sensitive ...string) *detector {
	d := &detector{forms: map[string]bool{}}
	for _, data := range sensitive {
		for start := 0; start+window <= len(data); start += step {
			part := data[start : start+window]
			d.raw = append(d.raw, part)
			for _, verb := range verbs[:len(verbs)-1] { // %T shows no value
				d.addForm(fmt.Sprintf(verb, part))
				d.addForm(fmt.Sprintf(verb, []byte(part)))
			}
			d.addForm(strings.ToUpper(hex.EncodeToString([]byte(part))))
			d.addForm(base64.RawStdEncoding.EncodeToString([]byte(part[:6])))
		}
	}
	return d
}

// addForm keeps the part of a printed text that also appears in the middle of a longer one.
func (d *detector) addForm(printed string) {
	form := strings.TrimPrefix(printed, "[]byte{")
	form = strings.Trim(form, "[]{}\"` \t")
	if len(form) >= window {
		d.forms[form] = true
	}
}

// in returns the first sensitive part in a text, or "".
func (d *detector) in(text string) string {
	for _, part := range d.raw {
		if strings.Contains(text, part) {
			return part
		}
	}
	for form := range d.forms {
		if strings.Contains(text, form) {
			return form
		}
	}
	return ""
}

// inMemory returns the first sensitive part in a string or in bytes that reflection can
// reach from a value, as printers and assertion libraries do: through pointers,
// interfaces and unexported fields.
func (d *detector) inMemory(value any) string {
	return d.walk(reflect.ValueOf(value), map[visit]bool{})
}

type visit struct {
	address uintptr
	of      reflect.Type
}

func (d *detector) walk(v reflect.Value, seen map[visit]bool) string {
	var inner []reflect.Value
	switch v.Kind() {
	case reflect.String:
		return d.in(v.String())
	case reflect.Pointer:
		if at := (visit{v.Pointer(), v.Type()}); v.IsNil() || seen[at] {
			return ""
		} else {
			seen[at] = true
		}
		inner = append(inner, v.Elem())
	case reflect.Interface:
		inner = append(inner, v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			inner = append(inner, v.Field(i))
		}
	case reflect.Map:
		for key, element := range v.Seq2() {
			inner = append(inner, key, element)
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			content := make([]byte, v.Len())
			for i := range content {
				content[i] = byte(v.Index(i).Uint())
			}
			return d.in(string(content))
		}
		for i := range v.Len() {
			inner = append(inner, v.Index(i))
		}
	default: // numbers hold no text; functions and channels cannot be followed
	}
	for _, value := range inner {
		if found := d.walk(value, seen); found != "" {
			return found
		}
	}
	return ""
}
