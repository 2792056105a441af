package adapter

// OnPanic is to be deferred: if the function panics, it calls do before the panic goes on.
// runtime.Goexit is no panic.
func OnPanic(do func()) {
	if value := recover(); value != nil {
		do()
		panic(value)
	}
}
