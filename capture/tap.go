package capture

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	stdtls "crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"bedrail"
	"bedrail/traffic"
)

// A remote tap sends a capture over a connection: one line that names the
// protocol, the token and the tap, one line of answer, then a pcap or pcapng
// that ends with the connection.
const (
	greeting     = "BEDRAIL-TAP/1"
	maxGreeting  = 512
	greetTimeout = 10 * time.Second
	tapIdle      = time.Second
)

// TapOptions say where taps are listened for, and who may send.
type TapOptions struct {
	Address string // host:port; port 0 takes any that is free
	Token   string // what a tap must show
	TLS     *stdtls.Config
}

// A TapListener accepts captures from remote taps.
type TapListener struct {
	net   net.Listener
	token [32]byte
}

// Listen opens a door for taps. Beyond this machine it wants TLS, because
// frames hold what patients would not want read.
func Listen(ctx context.Context, o TapOptions) (*TapListener, error) {
	if len(o.Token) < 16 {
		return nil, bedrail.Errorf(bedrail.Invalid, "the token of the capture door is too short; give at least 16 characters")
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", o.Address)
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "the capture door cannot open at %s: %w", o.Address, err)
	}
	if host, ok := l.Addr().(*net.TCPAddr); o.TLS == nil && (!ok || !host.IP.IsLoopback()) {
		l.Close()
		return nil, bedrail.Errorf(bedrail.Invalid, "the capture door at %s is open to the network and has no TLS; give a certificate or listen on 127.0.0.1", o.Address)
	}
	if o.TLS != nil {
		l = stdtls.NewListener(l, o.TLS)
	}
	return &TapListener{net: l, token: sha256.Sum256([]byte(o.Token))}, nil
}

// Addr returns where the door is.
func (l *TapListener) Addr() net.Addr { return l.net.Addr() }

// Close closes the door. Taps that are connected stay so.
func (l *TapListener) Close() error { return l.net.Close() }

// Accept waits for a tap that connects. The tap is not yet known: its caller
// calls Greet in a goroutine of its own, so that a silent one holds up nobody.
func (l *TapListener) Accept() (*Tap, error) {
	conn, err := l.net.Accept()
	if err != nil {
		return nil, err
	}
	return &Tap{conn: conn, token: l.token}, nil
}

// A Tap is a remote machine that sends what it captures. It is a Source once
// it has been greeted.
type Tap struct {
	conn  net.Conn
	token [32]byte
	src   Source
}

// Greet checks the tap's token and returns the name that it gives itself.
func (t *Tap) Greet() (name string, err error) {
	t.conn.SetDeadline(time.Now().Add(greetTimeout))
	in := bufio.NewReaderSize(t.conn, maxGreeting)
	line, err := in.ReadSlice('\n')
	if err != nil {
		t.conn.Close()
		return "", bedrail.Errorf(bedrail.Denied, "a tap at %s did not greet", t.conn.RemoteAddr())
	}
	words := strings.Fields(string(line))
	if len(words) != 3 || words[0] != greeting {
		return "", t.refuse("this door wants " + greeting)
	}
	if given := sha256.Sum256([]byte(words[1])); subtle.ConstantTimeCompare(given[:], t.token[:]) != 1 {
		return "", t.refuse("the token is not the one of this door")
	}
	name = tapName(words[2])
	if _, err := io.WriteString(t.conn, "OK\n"); err != nil {
		t.conn.Close()
		return "", err
	}
	t.src, err = Read(io.MultiReader(in, t.conn))
	if err != nil {
		t.conn.Close()
		return "", err
	}
	return name, nil
}

// tapName keeps of a name what may stand in a log.
func tapName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, s)
	return s[:min(len(s), 64)]
}

func (t *Tap) refuse(why string) error {
	fmt.Fprintf(t.conn, "NO %s\n", why)
	t.conn.Close()
	return bedrail.Errorf(bedrail.Denied, "a tap at %s was refused: %s", t.conn.RemoteAddr(), why)
}

// Next implements Source.
func (t *Tap) Next(f *traffic.Frame) error {
	t.conn.SetReadDeadline(time.Now().Add(tapIdle))
	return t.src.Next(f)
}

// Stats implements Source.
func (t *Tap) Stats() Stats { return t.src.Stats() }

// Close implements Source.
func (t *Tap) Close() error { return t.conn.Close() }

// A Sender is the other end: it sends frames to a capture door.
type Sender struct {
	*Writer
	conn net.Conn
}

// Dial connects to a capture door as the tap called name. config is nil for a
// door without TLS.
func Dial(ctx context.Context, address, token, name string, config *stdtls.Config, link traffic.Link) (*Sender, error) {
	var conn net.Conn
	var err error
	if config != nil {
		conn, err = (&stdtls.Dialer{Config: config}).DialContext(ctx, "tcp", address)
	} else {
		conn, err = (&net.Dialer{}).DialContext(ctx, "tcp", address)
	}
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "the capture door at %s does not answer: %w", address, err)
	}
	s, err := greet(conn, token, name, link)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return s, nil
}

func greet(conn net.Conn, token, name string, link traffic.Link) (*Sender, error) {
	conn.SetDeadline(time.Now().Add(greetTimeout))
	if _, err := fmt.Fprintf(conn, "%s %s %s\n", greeting, token, name); err != nil {
		return nil, err
	}
	answer, err := bufio.NewReaderSize(conn, maxGreeting).ReadString('\n')
	if err != nil || answer != "OK\n" {
		return nil, bedrail.Errorf(bedrail.Denied, "the capture door refused: %s", strings.TrimSpace(answer))
	}
	conn.SetDeadline(time.Time{})
	w, err := NewWriter(conn, link)
	if err != nil {
		return nil, err
	}
	return &Sender{w, conn}, nil
}

// Close sends what is left and ends the capture.
func (s *Sender) Close() error {
	err := s.Flush()
	if closing := s.conn.Close(); err == nil {
		err = closing
	}
	return err
}
