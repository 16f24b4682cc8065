package traffic_test

import (
	"slices"
	"strings"
	"testing"

	"bedrail/traffic"
)

func TestAStreamIsFedInOrderAndOnce(t *testing.T) {
	open := []segment{{seq: 99, flags: syn}, {back: true, seq: 499, ack: 100, flags: syn | ack}}
	for name, c := range map[string]struct {
		segments []segment
		want     string
	}{
		"segments that come in order": {
			[]segment{{seq: 100, data: "<one"}, {seq: 104, data: "two"}}, "><one >two"},
		"segments that come out of order wait for their turn": {
			[]segment{{seq: 100, data: "<one"}, {seq: 107, data: "three"}, {seq: 104, data: "two"}}, "><one >two >three"},
		"what is sent again is fed once": {
			[]segment{{seq: 100, data: "<one"}, {seq: 100, data: "<one"}, {seq: 104, data: "two"}, {seq: 102, data: "netwo!"}}, "><one >two >!"},
		"the first segment may be the late one": {
			[]segment{{seq: 104, data: "two"}, {seq: 100, data: "<one"}}, "><one >two"},
		"a hole that the other side acknowledges was lost on the way to us": {
			[]segment{{seq: 100, data: "<one"}, {seq: 107, data: "three"}, {back: true, seq: 500, ack: 112, flags: ack}}, "><one >gap 3 >three"},
		"a hole at the end of the connection is told": {
			[]segment{{seq: 100, data: "<one"}, {seq: 107, data: "three"}, {seq: 112, flags: rst}}, "><one >gap 3 >three"},
		"bytes that the capture cut are told": {
			[]segment{{seq: 100, data: "<one two", cut: 4}, {seq: 108, data: "three"}}, "><one >gap 4 >three"},
		"a keep-alive repeats a byte and is not fed": {
			[]segment{{seq: 100, data: "<one"}, {seq: 103, data: "e"}, {seq: 104, data: "two"}}, "><one >two"},
		"a first segment of one byte is recognised with the next": {
			[]segment{{seq: 100, data: "<"}, {seq: 101, data: "one"}}, "><  >one"},
		"both directions are fed": {
			[]segment{{seq: 100, data: "<ask"}, {back: true, seq: 500, data: "answer"}}, "><ask <answer"},
		"a stream that begins otherwise is not followed": {
			[]segment{{seq: 100, data: "one and more"}, {seq: 112, data: "<two"}}, ""},
		"new connection on old ports begins anew": {
			[]segment{{seq: 100, data: "<one"}, {seq: 104, flags: fin}, {seq: 9000, flags: syn}, {seq: 9001, data: "<two"}}, "><one ><two"},
	} {
		t.Run(name, func(t *testing.T) {
			var fed []string
			run(t, traffic.Options{Dissectors: []traffic.Dissector{show(&fed)}}, connection(append(slices.Clone(open), c.segments...)...))
			if got := strings.Join(fed, " "); got != strings.ReplaceAll(c.want, ">< ", "><") {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAStreamWhoseOpeningWasNotSeenIsRecognisedAtItsNextMessage(t *testing.T) {
	var fed []string
	run(t, traffic.Options{Dissectors: []traffic.Dissector{show(&fed)}}, connection(
		segment{seq: 100, data: "the rest of a message"}, segment{seq: 121, data: "<next message"}))
	if got := strings.Join(fed, " "); got != "><next message" {
		t.Errorf("got %q", got)
	}
}

func TestWhatIsHeldForAStreamIsBounded(t *testing.T) {
	var fed []string
	segments := []segment{{seq: 99, flags: syn}, {seq: 100, data: "<one"}}
	for i := range 1000 {
		segments = append(segments, segment{seq: 200 + uint32(i)*1000, data: strings.Repeat("x", 1000)})
	}
	r, _ := run(t, traffic.Options{Dissectors: []traffic.Dissector{show(&fed)}}, connection(segments...))
	if r.stats.Gaps != 1 || len(fed) < 1000 {
		t.Errorf("%d gaps, fed %d times; want the hole given up once and the rest fed", r.stats.Gaps, len(fed))
	}
}

func TestTheClientIsWhoOpensTheConnection(t *testing.T) {
	for name, c := range map[string]struct {
		segments []segment
		client   string
	}{
		"the opening is seen":           {[]segment{{seq: 99, flags: syn}, {back: true, seq: 500, data: "hello"}}, "10.20.0.130"},
		"only the answer to it is seen": {[]segment{{back: true, seq: 499, flags: syn | ack}, {seq: 100, data: "x"}}, "10.20.0.130"},
		"a well-known port is a server": {[]segment{{back: true, seq: 500, data: "hello"}}, "10.20.0.130"},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := run(t, traffic.Options{}, connection(c.segments...))
			if len(r.conversations) != 1 || r.conversations[0].Client.String() != c.client || r.conversations[0].Port != 80 {
				t.Errorf("got %+v", r.conversations)
			}
		})
	}
}

func TestConversationsAreDeltasOfAMinute(t *testing.T) {
	frames := connection(segment{seq: 99, flags: syn}, segment{back: true, seq: 499, flags: syn | ack}, segment{seq: 100, data: "abc"})
	frames[2].Nanos = noon.UnixNano() + 61e9
	r, _ := run(t, traffic.Options{}, frames)
	if len(r.conversations) != 2 {
		t.Fatalf("got %+v, want one for each minute", r.conversations)
	}
	first, second := r.conversations[0], r.conversations[1]
	if !first.Minute.Equal(noon) || first.Packets != 2 || first.BytesUp != 54 || first.BytesDown != 54 {
		t.Errorf("first minute: %+v", first)
	}
	if second.Minute.Sub(first.Minute).Minutes() != 1 || second.Packets != 1 || second.BytesUp != 57 || second.BytesDown != 0 {
		t.Errorf("second minute: %+v", second)
	}
	if first.ClientMAC != "00:03:b1:00:00:41" || first.ServerMAC != "00:50:56:aa:00:11" || first.Transport != "tcp" {
		t.Errorf("ends: %+v", first)
	}
}

// hoarder keeps all that it is fed.
type hoarder struct{ kept int }

func (h *hoarder) Feed(_ *traffic.Stream, _ traffic.Direction, data []byte) { h.kept += len(data) }
func (h *hoarder) Gap(*traffic.Stream, traffic.Direction, int)              {}
func (h *hoarder) Held() int                                                { return h.kept }

func TestAStreamIsGivenUpWhenItsParserKeepsTooMuch(t *testing.T) {
	var all []*hoarder
	d := traffic.Dissector{Name: "hoard", Sniff: func([]byte, uint16) bool { return true }, New: func() traffic.Parser {
		all = append(all, &hoarder{})
		return all[len(all)-1]
	}}
	chunk := strings.Repeat("x", 1400)
	e := traffic.NewEngine(traffic.Options{Dissectors: []traffic.Dissector{d}})
	for i := range 100 << 20 / len(chunk) {
		e.Frame(&connection(segment{seq: uint32(i * len(chunk)), data: chunk})[0])
	}
	if e.Stats().Unfollowed != 1 || len(all) != 1 || all[0].kept > 65<<20 {
		t.Errorf("%d streams given up, %d bytes kept; want one, at 64 MiB", e.Stats().Unfollowed, all[0].kept)
	}
}
