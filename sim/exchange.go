package sim

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"bedrail"
	"bedrail/dimse"
	"bedrail/format/astm"
)

// Wards are what the hospital sends through the exchange: monitors, pumps,
// admissions, a scanner, an analyser and a gateway, over real sockets, with the
// faults that they have in life. Their receivers are an EHR that goes away now
// and then, and a chart that takes FHIR.
type wards struct {
	t        Target
	monitors []Device // at a bed, copied: the hospital itself is in other hands
	scanner  Device
	ports    map[string]string // of doors, by channel
	ehr      *ehr
	chart    net.Listener
	wg       sync.WaitGroup
}

// bedsShown is how many monitors speak through the exchange.
const bedsShown = 12

// carry makes the channels and speaks through them until the returned function
// is called. What fails is told and ends nothing else.
func (s *Show) carry(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	w := &wards{t: s.target, ports: map[string]string{}}
	for _, d := range s.hospital.Devices {
		switch {
		case d.Model.Class == "patient-monitor" && d.Bed != "" && d.OnWire && len(w.monitors) < bedsShown:
			w.monitors = append(w.monitors, *d)
		case d.Model.Modality == "CT" && d.OnWire && w.scanner.Model == nil:
			w.scanner = *d
		}
	}
	if err := w.open(ctx); err != nil {
		w.t.Say("the exchange of the demonstration did not open: " + err.Error())
		cancel()
		return func() {}
	}
	for _, part := range []func(context.Context){w.ehr.run, w.charts, w.admissions, w.bedsides, w.alarms, w.images, w.results, w.gateway, w.impostor} {
		w.wg.Go(func() { part(ctx) })
	}
	return func() { cancel(); w.wg.Wait() }
}

// open makes the receivers and the channels, as a person would.
func (w *wards) open(ctx context.Context) error {
	var err error
	if w.ehr, err = newEHR(ctx); err != nil {
		return err
	}
	if w.chart, err = new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
		return err
	}
	for _, name := range []string{"icu-monitors", "icu-alarms", "adt", "radiology", "laboratory", "ward-gateway"} {
		if w.ports[name], err = freePort(ctx); err != nil {
			return err
		}
	}
	ehr := fmt.Sprintf(`{"name": "ehr", "mllp": {"address": %q}, "retry": {"first": "1s", "longest": "5s"}}`, w.ehr.address)
	chart := fmt.Sprintf(`{"name": "chart", "fhir": {"url": "http://%s/fhir"}}`, w.chart.Addr())
	for _, c := range []string{
		`{"name": "icu-monitors", "unit": "ICU", "steward": "biomedical engineering", "purpose": "charting of vital signs", "source": {"mllp": {"listen": "$icu-monitors"}}, "validate": {"profile": "ihe-pcd-01"}, "destinations": [$ehr, $chart]}`,
		`{"name": "icu-alarms", "unit": "ICU", "purpose": "a copy of alarms for later analysis; nobody is called by it", "source": {"mllp": {"listen": "$icu-alarms"}}, "destinations": [$ehr]}`,
		`{"name": "adt", "purpose": "who lies where", "source": {"mllp": {"listen": "$adt"}}, "destinations": [$ehr]}`,
		`{"name": "radiology", "unit": "Radiology", "source": {"dicom": {"listen": "$radiology", "aeTitle": "BEDRAIL"}}, "destinations": [$chart]}`,
		`{"name": "laboratory", "source": {"astm": {"listen": "$laboratory"}}, "hold": {"ambiguous": true, "owner": "laboratory", "pageAfter": "2m", "longest": "10m", "storedMeansAccepted": true}, "destinations": [$chart]}`,
		`{"name": "ward-gateway", "source": {"mqtt": {"listen": "$ward-gateway", "anonymous": true}}, "destinations": []}`,
	} {
		for name, at := range w.ports {
			c = strings.ReplaceAll(c, `"$`+name+`"`, fmt.Sprintf("%q", at))
		}
		c = strings.NewReplacer("$ehr", ehr, "$chart", chart).Replace(c)
		if err := w.post(ctx, "/api/v1/channels", c); err != nil {
			return err
		}
	}
	return nil
}

func (w *wards) post(ctx context.Context, path, body string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.t.URL+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+w.t.Token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := w.t.Client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		text, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
		return errors.Join(bedrail.Errorf(bedrail.Internal, "%s answered %s: %s", path, resp.Status, text), err)
	}
	return nil
}

func freePort(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// pause waits, and returns false when ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// A talker sends HL7 v2 over one connection and waits for each answer.
type talker struct {
	address, from string
	conn          net.Conn
	in            *bufio.Reader
}

// say sends text and waits for its answer. A connection that broke is opened
// again at the next call.
func (k *talker) say(ctx context.Context, frame []byte) error {
	if k.conn == nil {
		d := net.Dialer{Timeout: 5 * time.Second}
		if k.from != "" {
			d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(k.from)}
		}
		conn, err := d.DialContext(ctx, "tcp", k.address)
		if err != nil {
			return err
		}
		k.conn, k.in = conn, bufio.NewReader(conn)
	}
	err := k.conn.SetDeadline(time.Now().Add(10 * time.Second))
	if err == nil {
		_, err = k.conn.Write(frame)
	}
	if err == nil {
		_, err = k.in.ReadBytes(0x1c)
	}
	if err == nil {
		_, err = k.in.ReadByte()
	}
	if err != nil {
		k.close()
	}
	return err
}

func (k *talker) close() {
	if k.conn != nil {
		k.conn.Close()
		k.conn = nil
	}
}

// An ehr takes HL7 v2 and acknowledges it. Every few minutes it is away for a
// while, as for a restart.
type ehr struct {
	address string
	mu      sync.Mutex // guards door and open
	door    net.Listener
	open    map[net.Conn]bool
}

func newEHR(ctx context.Context) (*ehr, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return &ehr{address: l.Addr().String(), door: l, open: map[net.Conn]bool{}}, nil
}

const (
	ehrUp   = 3 * time.Minute
	ehrDown = 40 * time.Second
)

func (e *ehr) run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for {
		e.mu.Lock()
		door := e.door
		e.mu.Unlock()
		wg.Go(func() { e.serve(door) })
		up := pause(ctx, ehrUp)
		e.away()
		if !up || !pause(ctx, ehrDown) {
			return
		}
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", e.address)
		for err != nil && pause(ctx, time.Second) {
			l, err = new(net.ListenConfig).Listen(ctx, "tcp", e.address)
		}
		if err != nil {
			return
		}
		e.mu.Lock()
		e.door = l
		e.mu.Unlock()
	}
}

func (e *ehr) away() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.door.Close()
	for c := range e.open {
		c.Close()
	}
	clear(e.open)
}

func (e *ehr) serve(door net.Listener) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for {
		c, err := door.Accept()
		if err != nil {
			return
		}
		e.mu.Lock()
		e.open[c] = true
		e.mu.Unlock()
		wg.Go(func() {
			defer c.Close()
			in := bufio.NewReader(c)
			for {
				frame, err := in.ReadBytes(0x1c)
				if err != nil {
					return
				}
				fields := bytes.SplitN(frame, []byte{'|'}, 12)
				id := ""
				if len(fields) > 10 {
					id = string(fields[9])
				}
				if _, err := fmt.Fprintf(c, "\x0bMSH|^~\\&|EHR|DEMO|BEDRAIL|DEMO|%s||ACK|E%s|P|2.5\rMSA|AA|%s\r\x1c\r", time.Now().UTC().Format("20060102150405"), id, id); err != nil {
					return
				}
			}
		})
	}
}

// charts takes FHIR transactions and says that each resource was kept.
func (w *wards) charts(ctx context.Context) {
	s := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		var bundle struct {
			Entry []json.RawMessage `json:"entry"`
		}
		if err := json.NewDecoder(io.LimitReader(r.Body, 8<<20)).Decode(&bundle); err != nil {
			http.Error(rw, "no JSON", http.StatusBadRequest)
			return
		}
		entries := make([]string, len(bundle.Entry))
		for i := range entries {
			entries[i] = `{"response": {"status": "200 OK"}}`
		}
		rw.Header().Set("Content-Type", "application/fhir+json")
		fmt.Fprintf(rw, `{"resourceType": "Bundle", "type": "transaction-response", "entry": [%s]}`, strings.Join(entries, ","))
	})}
	stop := context.AfterFunc(ctx, func() { s.Close() })
	defer stop()
	if err := s.Serve(w.chart); err != nil && ctx.Err() == nil {
		w.t.Say("the chart of the demonstration ended: " + err.Error())
	}
}

// admissions put somebody into every bed, and move them now and then.
func (w *wards) admissions(ctx context.Context) {
	k := &talker{address: w.ports["adt"]}
	defer k.close()
	lies := map[int]int{}
	next := 0
	for n := 0; ; n++ {
		bed := n % len(w.monitors)
		event := "A08"
		switch {
		case n < len(w.monitors):
			event, lies[bed] = "A01", next
			next++
		case n%7 == 3:
			event = "A03"
		case n%7 == 4: // the bed of before has somebody else
			bed = (n - 1) % len(w.monitors)
			event, lies[bed] = "A01", next
			next++
		}
		if err := k.say(ctx, mllp(admission(event, w.monitors[bed], lies[bed], n, time.Now()))); err != nil && !pause(ctx, time.Second) {
			return
		}
		wait := 8 * time.Second
		if n < len(w.monitors) {
			wait = 50 * time.Millisecond
		}
		if !pause(ctx, wait) {
			return
		}
	}
}

// bedsides are the monitors: each over its own connection, each with its fault.
func (w *wards) bedsides(ctx context.Context) {
	if !pause(ctx, 2*time.Second) { // who lies where comes first
		return
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	for i := range w.monitors {
		wg.Go(func() { w.bedside(ctx, i) })
	}
}

const (
	monitorEvery = 5 * time.Second
	silentAfter  = 4 * time.Minute
)

func (w *wards) bedside(ctx context.Context, i int) {
	k := &talker{address: w.ports["icu-monitors"]}
	defer k.close()
	b := &bedside{d: w.monitors[i], fault: faults[i%len(faults)], rnd: rand.New(rand.NewPCG(uint64(i), 7))}
	began := time.Now()
	for n := 0; pause(ctx, monitorEvery+time.Duration(b.rnd.IntN(400))*time.Millisecond); n++ {
		if b.fault == "silent" && time.Since(began) > silentAfter && time.Since(began) < 3*silentAfter {
			continue
		}
		frame := b.frame(n, time.Now())
		err := k.say(ctx, frame)
		if err == nil && b.fault == "twice" && n%4 == 0 {
			err = k.say(ctx, frame) // it did not hear the answer, it thinks
		}
		if err != nil && !pause(ctx, 2*time.Second) {
			return
		}
	}
}

// alarms come from one bed after another: they begin, and end.
func (w *wards) alarms(ctx context.Context) {
	k := &talker{address: w.ports["icu-alarms"]}
	defer k.close()
	for n := 0; pause(ctx, 11*time.Second); n++ {
		if err := k.say(ctx, mllp(alarm(w.monitors[n/2%len(w.monitors)], n, time.Now()))); err != nil && !pause(ctx, 2*time.Second) {
			return
		}
	}
}

// images are what the scanner stores.
func (w *wards) images(ctx context.Context) {
	if w.scanner.Model == nil {
		return
	}
	for n := 0; pause(ctx, 20*time.Second); n++ {
		if err := w.image(ctx, n); err != nil && ctx.Err() == nil {
			w.t.Say("an image of the demonstration was not stored: " + err.Error())
		}
	}
}

func (w *wards) image(ctx context.Context, n int) error {
	class := storage[w.scanner.Model.Modality]
	uid := fmt.Sprintf("2.25.%d%06d", time.Now().Unix(), n)
	c := dimse.Client{Address: w.ports["radiology"], CalledAE: "BEDRAIL", CallingAE: strings.ToUpper(w.scanner.Hostname)}
	if n%5 == 4 {
		c.CalledAE = "PACS1" // somebody mistyped it: it is turned away, and the board says so
	}
	a, err := c.Associate(ctx, dimse.Proposal{Class: class, Syntaxes: []string{implicitLittle}})
	if err != nil {
		if n%5 == 4 {
			return nil
		}
		return err
	}
	defer a.Close()
	if _, err := a.Store(ctx, dimse.Instance{Class: class, UID: uid, Syntax: implicitLittle, Data: bytes.NewReader(w.scanner.image(class, uid))}); err != nil {
		return err
	}
	return a.Release()
}

// results are what the analyser of the laboratory sends, now and then with a
// line that breaks in the middle.
func (w *wards) results(ctx context.Context) {
	for n := 0; pause(ctx, 15*time.Second); n++ {
		if err := w.result(ctx, n); err != nil && ctx.Err() == nil && n%6 != 5 {
			w.t.Say("a result of the demonstration did not arrive: " + err.Error())
		}
	}
}

func (w *wards) result(ctx context.Context, n int) error {
	d := net.Dialer{Timeout: 5 * time.Second}
	conn, err := d.DialContext(ctx, "tcp", w.ports["laboratory"])
	if err != nil {
		return err
	}
	defer conn.Close()
	frames, err := astm.Frames(analysis(n, time.Now()), 240)
	if err != nil {
		return err
	}
	s := &astm.Sender{Frames: frames, Instrument: true}
	out, answer := s.Start(), make([]byte, 1)
	for turn := 0; ; turn++ {
		if n%6 == 5 && turn == 3 {
			return nil // the cable was pulled: nothing of it counts
		}
		if err := errors.Join(conn.SetDeadline(time.Now().Add(5*time.Second)), written(conn.Write(out))); err != nil {
			return err
		}
		if _, err := io.ReadFull(conn, answer); err != nil {
			return err
		}
		var done bool
		if out, done = s.Answer(answer[0]); done {
			if len(out) > 0 {
				if _, err := conn.Write(out); err != nil {
					return err
				}
			}
			return s.Err()
		}
	}
}

func written(_ int, err error) error { return err }

// gateway is a bridge of wearables that speaks MQTT. Once in a while another
// machine comes under its name.
func (w *wards) gateway(ctx context.Context) {
	for n := 0; ctx.Err() == nil; n++ {
		if err := w.bridge(ctx, "127.0.0.1", 24); err != nil && !pause(ctx, 2*time.Second) {
			return
		}
	}
}

func (w *wards) bridge(ctx context.Context, from string, n int) error {
	d := net.Dialer{Timeout: 5 * time.Second, LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := d.DialContext(ctx, "tcp", w.ports["ward-gateway"])
	if err != nil {
		return err
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	if _, err := conn.Write(mqttConnect("wearables-3a")); err != nil {
		return err
	}
	for i := range n {
		if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			return err
		}
		if _, err := io.ReadFull(in, make([]byte, 4)); err != nil { // CONNACK and PUBACK have four bytes
			return err
		}
		if !pause(ctx, 5*time.Second) {
			return ctx.Err()
		}
		body := fmt.Sprintf(`{"device": "patch-%02d", "at": %q, "heartRate": %d, "steps": %d}`, i%4, time.Now().UTC().Format(time.RFC3339), 62+i%17, i*3)
		if _, err := conn.Write(mqttPublish("ward/3a/vitals", uint16(i+1), body)); err != nil {
			return err
		}
	}
	return nil
}

// impostor speaks under the name of a monitor from an address that is not its
// own, and takes over the session of the gateway: both are found.
func (w *wards) impostor(ctx context.Context) {
	k := &talker{address: w.ports["icu-monitors"], from: "127.0.0.66"}
	defer k.close()
	b := &bedside{d: w.monitors[0], rnd: rand.New(rand.NewPCG(66, 6))}
	stranger := w.monitors[0]
	stranger.Serial, stranger.MAC = "UNKNOWN001", net.HardwareAddr{0x02, 0xbe, 0xef, 0, 0, 1}
	u := &bedside{d: stranger, rnd: rand.New(rand.NewPCG(67, 6))}
	for n := 0; pause(ctx, 45*time.Second); n++ {
		for _, one := range []*bedside{b, u} {
			if err := k.say(ctx, one.frame(100_000+n, time.Now())); err != nil && ctx.Err() == nil {
				k.close()
			}
		}
		if n%4 == 1 {
			if err := w.bridge(ctx, "127.0.0.67", 1); err != nil && ctx.Err() != nil {
				return
			}
		}
	}
}
