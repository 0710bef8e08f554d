//go:build unix

package postgrestest

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"strconv"
	"testing"
	"time"

	"countersign/state/statetest"
)

// Faulty is a port that leads to the server and fails statements and answers. next says what happens to a statement, as
// statetest.Faults do; statements of one text from one client (by its application_name) are of one kind.
// Connecting itself does not fail.
func (s *Server) Faulty(t testing.TB, next func(kind string) (fault statetest.Fault, hit bool)) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer client.Close()
				server, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)))
				if err != nil {
					return
				}
				defer server.Close()
				_ = between(client, server, next)
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

// between carries what two ends of a connection say, in the protocol of PostgreSQL 7.4 and later (chapter 55 of its
// manual), until one ends it or a fault does.
func between(client, server net.Conn, next func(string) (statetest.Fault, bool)) error {
	who, err := message(client, 0)
	if err == nil {
		_, err = server.Write(who)
	}
	for ready := false; err == nil && !ready; { // logging in
		var m []byte
		if m, err = message(server, 1); err != nil {
			break
		}
		if _, err = client.Write(m); err != nil {
			break
		}
		ready = m[0] == 'Z'
		if asks := m[0] == 'R' && binary.BigEndian.Uint32(m[5:]) != 0 && binary.BigEndian.Uint32(m[5:]) != 12; asks {
			if m, err = message(client, 1); err == nil {
				_, err = server.Write(m)
			}
		}
	}
	for err == nil {
		var call []byte
		if call, err = until(client, "SQX"); err != nil || call[0] == 'X' {
			break
		}
		do := func() (answer []byte, err error) {
			if _, err := server.Write(call); err != nil {
				return nil, err
			}
			return until(server, "Z")
		}
		statement := call[5:]
		if call[0] == 'P' { // after its name, which is empty; what is bound to it is left out
			statement, _, _ = bytes.Cut(call[6:], []byte{0})
		}
		fault, hit := next(string(who) + string(statement))
		if hit {
			switch fault {
			case statetest.CallLost:
				return nil
			case statetest.AnswerLost, statetest.GivenUp:
				_, err = do()
				return err
			case statetest.AnswerCut:
				answer, _ := do()
				_, err = client.Write(answer[:len(answer)/2])
				return err
			case statetest.Repeated:
				_, err = do()
			case statetest.Late:
				time.Sleep(5 * time.Millisecond)
			}
		}
		var answer []byte
		if err == nil {
			answer, err = do()
		}
		if err == nil {
			_, err = client.Write(answer)
		}
	}
	return err
}

// until reads messages up to one of the kinds given.
func until(from io.Reader, kinds string) (all []byte, err error) {
	for {
		m, err := message(from, 1)
		if err != nil {
			return nil, err
		}
		if all = append(all, m...); bytes.IndexByte([]byte(kinds), m[0]) >= 0 {
			return all, nil
		}
	}
}

// message reads a message: its kind, a byte but for the first message of a client, its length, and the rest.
func message(from io.Reader, kind int) ([]byte, error) {
	head := make([]byte, kind+4)
	if _, err := io.ReadFull(from, head); err != nil {
		return nil, err
	}
	all := make([]byte, kind+int(binary.BigEndian.Uint32(head[kind:])))
	copy(all, head)
	_, err := io.ReadFull(from, all[len(head):])
	return all, err
}
