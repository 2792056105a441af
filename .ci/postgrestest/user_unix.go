//go:build unix

package postgrestest

import (
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// postgres is the user that Debian's packages make; nil unless we are root.
func postgres() *syscall.Credential {
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil // initdb says what is wrong
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32) // numbers, on unix
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func asUser(cmd *exec.Cmd) {
	if user := postgres(); user != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: user}
	}
}

func own(dir string) error {
	if user := postgres(); user != nil {
		return os.Chown(dir, int(user.Uid), int(user.Gid))
	}
	return nil
}
