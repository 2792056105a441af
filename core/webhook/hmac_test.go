package webhook_test

import "crypto/sha256"

// straightHMAC is HMAC-SHA256 as RFC 2104 defines it, an implementation other than the one
// under test.
func straightHMAC(key, message string) []byte {
	var block [sha256.BlockSize]byte
	if len(key) > len(block) {
		sum := sha256.Sum256([]byte(key))
		copy(block[:], sum[:])
	} else {
		copy(block[:], key)
	}
	inner := sha256.Sum256(append(pad(block, 0x36), message...))
	outer := sha256.Sum256(append(pad(block, 0x5c), inner[:]...))
	return outer[:]
}

func pad(block [sha256.BlockSize]byte, with byte) []byte {
	padded := make([]byte, len(block))
	for i, b := range block {
		padded[i] = b ^ with
	}
	return padded
}
