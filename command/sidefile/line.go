package sidefile

import (
	"errors"
	"io"
)

// WriteLine writes a document, which may be large, without copying it for the sake of its newline.
func WriteLine(w io.Writer, doc []byte) error {
	_, err1 := w.Write(doc)
	_, err2 := io.WriteString(w, "\n")
	return errors.Join(err1, err2)
}
