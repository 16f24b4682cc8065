package server

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"context"
	"fmt"
	"io"

	"bedrail"
	"bedrail/asset"
	"bedrail/capture"
	"bedrail/job"
	"bedrail/traffic"
)

// wireIntake names the files that speak of the network without holding its
// packets: what other sensors, switches and wireless controllers have noted.
func (s *Server) wireIntake() {
	s.Imports["zeek"] = s.intake(s.readZeek)
	s.Imports["switch"] = s.intake(s.readSwitch)
	s.Imports["wlc"] = s.intake(s.readWireless)
	s.Imports["cloud"] = s.intake(s.readCloud)
	s.Imports["flows"] = s.intake(s.readFlows)
}

// A notes is a file of such notes that is being read.
type notes struct {
	outlet
	in     job.Import
	p      *job.Progress
	result notesResult
	failed error // handing on went wrong
	by     bedrail.Actor
	// after works on what the record has taken in; may be nil.
	after func(ctx context.Context, by bedrail.Actor) error
}

// A notesResult is what the import of notes says in the end.
type notesResult struct {
	Records       int    `json:"records"`
	Observations  int    `json:"observations"`
	Conversations int    `json:"conversations"`
	Malformed     uint64 `json:"malformed,omitempty"`
	Missing       uint64 `json:"missing,omitempty"` // what exporters sent and the file has not
	// Import is by which what a vendor's cloud told can be taken back; it is empty
	// in a dry run, as is Feed.ID.
	Import string `json:"import,omitempty"`
	// Feed says how the devices of a vendor's cloud meet what was known.
	Feed *asset.ImportRecord `json:"feed,omitempty"`
	// Associations counts the links to patients that it told.
	Associations *asset.Associated `json:"associations,omitempty"`
}

// observing takes what a reader finds and hands on each full batch.
func (n *notes) observing(ctx context.Context) func(traffic.Observation) {
	return func(o traffic.Observation) {
		n.result.Observations++
		n.observe(o)
		if n.full() && n.failed == nil {
			n.failed = n.flush(ctx)
		}
	}
}

func (n *notes) conversing(c traffic.Conversation) {
	n.result.Conversations++
	n.converse(c)
}

// intake makes an importer of a reader of notes.
func (s *Server) intake(read func(ctx context.Context, n *notes) error) job.Importer {
	return func(ctx context.Context, by bedrail.Actor, in job.Import, p *job.Progress) (any, error) {
		site := in.Params.Get("site")
		if site == "" {
			site = s.Config.Site
		}
		if err := s.Policy.Authorize(ctx, by, asset.ImportCapture, bedrail.Resource{Type: "capture", Site: site}); err != nil {
			return nil, err
		}
		n := &notes{outlet: s.newOutlet("import", site), in: in, p: p}
		n.size = importSize
		if in.DryRun {
			n.send = func(context.Context, *traffic.Batch, string) (uint64, error) { return 0, nil }
		}
		n.by = by
		body, err := unzipped(in.Body)
		if err != nil {
			return nil, err
		}
		n.in.Body = body
		if err := cmp.Or(read(ctx, n), n.failed); err != nil {
			return n.result, err
		}
		if err := n.flush(ctx); err != nil || in.DryRun {
			return n.result, err
		}
		if err := s.recorded(ctx, n.last); err != nil || n.after == nil {
			return n.result, err
		}
		err = n.after(ctx, by)
		return n.result, err
	}
}

// unzipped reads through gzip where there is any: old logs are kept so.
func unzipped(in io.Reader) (io.Reader, error) {
	buffered := bufio.NewReaderSize(in, 64<<10)
	if head, _ := buffered.Peek(2); len(head) < 2 || head[0] != 0x1f || head[1] != 0x8b {
		return buffered, nil
	}
	z, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "the gzip header is damaged; compress the file again")
	}
	return io.LimitReader(z, maxUnzipped), nil
}

// maxUnzipped bounds what a compressed file of notes is read to.
const maxUnzipped = 16 << 30

func (n *notes) faults(list []asset.Problem) {
	for _, problem := range list {
		n.p.Fault(problemPlace(problem), problem.Text)
	}
}

func (s *Server) readZeek(ctx context.Context, n *notes) error {
	z := asset.ZeekReader{Emit: n.observing(ctx), Converse: n.conversing}
	err := z.Read(n.in.Name, n.in.Body)
	n.result.Records = z.Records
	n.faults(z.Problems)
	if err == nil && z.Records == 0 {
		return bedrail.Errorf(bedrail.Invalid, "%s: no record was found; give a log of Zeek (conn, dhcp, http, ssl, x509, snmp, known_*), TSV or JSON", n.in.Name)
	}
	return err
}

func (s *Server) readSwitch(ctx context.Context, n *notes) (err error) {
	n.result.Records, err = asset.ReadSwitchTable(n.in.Name, n.in.Body, s.Clock.Now(), n.observing(ctx))
	return err
}

func (s *Server) readWireless(ctx context.Context, n *notes) error {
	used, problems, err := asset.ReadWireless(n.in.Name, n.in.Body, s.Clock.Now(), n.observing(ctx))
	n.result.Records = used
	n.faults(problems)
	return err
}

// readCloud takes a feed in under a record, by which it is taken back.
func (s *Server) readCloud(ctx context.Context, n *notes) error {
	record := asset.ImportRecord{}
	n.result.Feed = &record
	send := n.send
	n.send = func(ctx context.Context, b *traffic.Batch, id string) (uint64, error) {
		if err := s.Assets.Weigh(ctx, n.by, b.Observations, &record); err != nil {
			return 0, err
		}
		return send(ctx, b, id)
	}
	emit := n.observing(ctx)
	feed, err := asset.ReadCloud(n.in.Name, n.in.Body, asset.CloudOrigin{Unit: n.in.Params.Get("unit"), Manufacturer: n.in.Params.Get("manufacturer")}, s.Clock.Now(), func(o traffic.Observation) {
		if record.ID == "" && !n.in.DryRun && n.failed == nil {
			record, n.failed = s.Assets.BeginFeed(ctx, n.by, n.in.Name)
			n.result.Import = record.ID
		}
		o.Import = record.ID
		emit(o)
	})
	n.result.Records = feed.Devices + feed.Associations
	n.faults(feed.Problems)
	n.after = func(ctx context.Context, by bedrail.Actor) error { // links never pass the bus
		record.Problems = len(feed.Problems)
		return s.endFeed(ctx, by, n, record, feed.Reported)
	}
	return err
}

// endFeed keeps to whom the devices of a feed belong, sealed.
func (s *Server) endFeed(ctx context.Context, by bedrail.Actor, n *notes, record asset.ImportRecord, reported []asset.Reported) error {
	done, err := s.Assets.EndFeed(ctx, by, record, reported)
	if len(reported) > 0 {
		n.result.Associations = &done
	}
	if done.Unplaced > 0 {
		n.p.Fault("", fmt.Sprintf("%d links to patients are of devices that no number tells from others and were left out", done.Unplaced))
	}
	return err
}

func (s *Server) readFlows(ctx context.Context, n *notes) error {
	src, err := capture.Read(n.in.Body)
	if err != nil {
		return err
	}
	defer src.Close()
	flows := capture.Flows{Site: n.batch.Site, Sensor: n.batch.Sensor, Observe: n.observing(ctx), Converse: n.conversing}
	err = capture.ReadFlows(ctx, src, &flows, func() error { return n.failed })
	st := flows.Stats()
	n.result.Records, n.result.Malformed, n.result.Missing = int(st.Records), st.Malformed, st.Missing
	if st.Unknown > 0 {
		n.p.Say("some records came before their template and could not be read")
	}
	return err
}
