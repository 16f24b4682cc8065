package traffic

import "bytes"

// ssh begins with a line in the clear in which each side names its program
// (RFC 4253 4.2). What follows is secret.
func ssh() Dissector {
	return Dissector{
		Name:  "ssh",
		Sniff: func(first []byte, _ uint16) bool { return bytes.HasPrefix(first, []byte("SSH-")) },
		New:   func() Parser { return &sshParser{} },
	}
}

type sshParser struct {
	line [2][]byte
	done [2]bool
}

func (h *sshParser) Feed(s *Stream, dir Direction, data []byte) {
	if h.done[dir] {
		return
	}
	h.line[dir] = append(h.line[dir], data[:min(len(data), 256-len(h.line[dir]))]...)
	end := bytes.IndexByte(h.line[dir], '\n')
	if end < 0 && len(h.line[dir]) < 256 {
		return
	}
	h.done[dir] = true
	if end > 0 && bytes.HasPrefix(h.line[dir], []byte("SSH-")) {
		version := len("SSH-") + bytes.IndexByte(h.line[dir][len("SSH-"):], '-') + 1 // RFC 4253 4.2: the software stands behind that of the protocol
		s.Emit(dir, Observation{Claims: []Claim{
			{Attribute: Banner, Value: text(h.line[dir][:end]), Weight: 0.5, Source: "ssh", Field: "identification", Offset: version},
		}})
	}
	h.line[dir] = nil
	s.Encrypt()
	if h.done[dir.Other()] {
		s.Leave()
	}
}

func (h *sshParser) Gap(s *Stream, _ Direction, _ int) { s.Leave() }
