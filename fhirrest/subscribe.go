package fhirrest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"bedrail/exchange"
)

// A subscription is a rest-hook of FHIR R4 (subscription.html).
type subscription struct {
	id       string
	query    query
	endpoint string
	payload  bool
	headers  []string
}

// A notice is one resource on its way to one subscriber.
type notice struct {
	to   subscription
	kind string
	id   string
	body []byte
}

// A notifier tells subscribers. It tries a few times and does not remember
// what it could not tell: what must arrive is a destination's.
type notifier struct {
	source *Source
	http   *http.Client
	queue  chan notice
	end    context.CancelFunc
	ended  chan struct{}

	mu   sync.Mutex // guards subs
	subs map[string]subscription
}

const (
	mostNotices = 1000
	noticeTries = 4
	noticeWait  = time.Second
)

func newNotifier(s *Source) *notifier {
	ctx, cancel := context.WithCancel(context.Background())
	n := &notifier{source: s, queue: make(chan notice, mostNotices), end: cancel, ended: make(chan struct{}), subs: map[string]subscription{},
		http: &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	go n.run(ctx)
	return n
}

func (n *notifier) stop() {
	n.end()
	<-n.ended
}

// load reads the subscriptions that are kept.
func (n *notifier) load(ctx context.Context) error {
	shelf, s := n.source.config.Env.Shelf, n.source
	if shelf == nil || len(s.settings.Subscriptions) == 0 {
		return nil
	}
	ids, err := shelf.Find(ctx, s.config.Channel, []exchange.Lookup{{Field: termType, Value: "Subscription"}}, "", mostNotices)
	if err != nil {
		return fmt.Errorf("reading the subscriptions: %w", err)
	}
	for i := len(ids) - 1; i >= 0; i-- { // the oldest first: the newest version stays
		m, err := shelf.Open(ctx, s.config.Channel, ids[i])
		if err != nil {
			return fmt.Errorf("reading the subscriptions: %w", err)
		}
		all, err := resources(m)
		if err != nil {
			return err
		}
		for _, k := range all {
			n.learn(k.resource, k.id)
		}
	}
	return nil
}

// learn takes up a subscription, or drops one that was switched off.
func (n *notifier) learn(r resource, id string) {
	if r.kind() != "Subscription" {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.subs, id)
	s, err := n.read(r, id)
	switch {
	case err != nil:
		n.source.lobby.Failed("the subscription " + id + " is not in force: " + err.Error())
	case r.text("status") == "requested" || r.text("status") == "active":
		n.subs[id] = s
	}
}

func (n *notifier) read(r resource, id string) (subscription, error) {
	s := subscription{id: id}
	kind, rest, _ := strings.Cut(r.text("criteria"), "?")
	values, err := url.ParseQuery(rest)
	if err != nil || !goodType.MatchString(kind) {
		return s, fmt.Errorf("its criteria cannot be read")
	}
	if s.query, err = prepare(kind, values); err != nil {
		return s, err
	}
	channel, _ := r["channel"].(map[string]any)
	how, _ := channel["type"].(string)
	s.endpoint, _ = channel["endpoint"].(string)
	payload, _ := channel["payload"].(string)
	s.payload = payload != ""
	each(channel["header"], func(h any) {
		if text, ok := h.(string); ok {
			s.headers = append(s.headers, text)
		}
	})
	if how != "rest-hook" {
		return s, fmt.Errorf("only rest-hook is served")
	}
	for _, allowed := range n.source.settings.Subscriptions {
		if strings.HasPrefix(s.endpoint, allowed) {
			return s, nil
		}
	}
	return s, fmt.Errorf("its endpoint is not among those that subscriptions of this channel may name")
}

// changed queues notices of a resource that was kept. It never waits.
func (n *notifier) changed(r resource, id string, version int, at time.Time) {
	if len(n.source.settings.Subscriptions) == 0 {
		return
	}
	n.learn(r, id)
	k := kept{resource: r.named(id, strconv.Itoa(version), at), id: id, version: version, at: at}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range n.subs {
		if !s.query.matches(k) {
			continue
		}
		msg := notice{to: s, kind: r.kind(), id: id}
		if s.payload {
			body, err := json.Marshal(k.resource)
			if err != nil {
				continue
			}
			msg.body = body
		}
		select {
		case n.queue <- msg:
		default:
			n.source.lobby.Failed("more notices wait for subscribers than are kept; one was dropped")
		}
	}
}

func (n *notifier) run(ctx context.Context) {
	defer close(n.ended)
	for {
		select {
		case <-ctx.Done():
			return
		case msg := <-n.queue:
			n.tell(ctx, msg)
		}
	}
}

func (n *notifier) tell(ctx context.Context, msg notice) {
	wait := noticeWait
	for range noticeTries {
		err := n.once(ctx, msg)
		if err == nil || ctx.Err() != nil {
			return
		}
		n.source.lobby.Failed("the subscriber " + msg.to.id + " was not told: " + withoutURL(err))
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
			wait *= 2
		}
	}
}

// once posts to the hook, or with a payload puts the resource below it.
func (n *notifier) once(ctx context.Context, msg notice) error {
	method, at := http.MethodPost, msg.to.endpoint
	if msg.body != nil {
		method, at = http.MethodPut, strings.TrimRight(at, "/")+"/"+msg.kind+"/"+msg.id
	}
	req, err := http.NewRequestWithContext(ctx, method, at, bytes.NewReader(msg.body))
	if err != nil {
		return err
	}
	if msg.body != nil {
		req.Header.Set("Content-Type", mediaType)
	}
	for _, h := range msg.to.headers {
		if name, value, ok := strings.Cut(h, ":"); ok {
			req.Header.Set(strings.TrimSpace(name), strings.TrimSpace(value))
		}
	}
	resp, err := n.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return fmt.Errorf("it answered %d", resp.StatusCode)
	}
	return nil
}
