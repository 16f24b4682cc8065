// Package api is the door for programs, the screens among them: each thing
// that Bedrail can do, as one HTTP operation with a description that programs
// can read.
//
// It holds no rule. An operation reads what was sent, calls the capability
// with who is asking, and writes down the answer; permission is asked in the
// capability. There is one file for each capability.
package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"path"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"bedrail"
	"bedrail/access"
	"bedrail/asset"
	"bedrail/audit"
	"bedrail/desk"
	"bedrail/door"
	"bedrail/exchange"
	"bedrail/feed"
	"bedrail/job"
	"bedrail/knowledge"
	"bedrail/lifecycle"
	"bedrail/mapping"
	"bedrail/netmap"
	"bedrail/patch"
	"bedrail/procure"
	"bedrail/quality"
	"bedrail/recall"
	"bedrail/release"
	"bedrail/sbom"
	"bedrail/sensor"
	"bedrail/shadow"
	"bedrail/trail"
	"bedrail/vuln"
)

// base is where the operations begin.
const base = "/api/v1"

// An API serves the operations of the capabilities that it is given. A
// capability adds its field here, and its line to register.
type API struct {
	Tenant  string
	Clock   bedrail.Clock
	Log     *slog.Logger
	Events  *Events
	Cookies door.Cookies

	Access  *access.Service
	Jobs    *job.Runner
	Imports map[string]job.Importer // by kind: "pcap", "sbom", "cmms", "leases", "feed"
	Assets  *asset.Registry
	Board   *vuln.Board
	Feeds   *feed.Desk
	Bills   *sbom.Shelf
	// Mappings may be nil where none are kept.
	Mappings *mapping.Desk
	Desk     *desk.Service
	Courier  *desk.Courier
	Lives    *lifecycle.Ledger
	Gate     *procure.Gate
	Patches  *patch.Planner
	Archive  *knowledge.Archive
	Map      *netmap.Service
	Sensors  *sensor.Service
	Audit    *audit.Log
	// SignAudit signs the audit record to its end, so that what was just done
	// can be proven; nil where its key is not there.
	SignAudit func(ctx context.Context) error
	Exchange  *exchange.Exchange
	Quality   *quality.Service
	Recalls   *recall.Service
	Shadow    *shadow.Board
	Releases  *release.Service
	// Trail says what the record holds in the words of other systems;
	// Repositories says how far those of the house have been told.
	Trail        *trail.Desk
	Repositories func() []trail.Standing
	// Publisher names who speaks in documents that leave the house.
	Publisher string
	// SignText signs such a document; nil leaves it unsigned.
	SignText func(text string) (string, error)
	// Watched says what the sensors saw within the last day; nil is nothing.
	Watched func(ctx context.Context, by bedrail.Actor) (Watched, error)
	Status  Status // how the product itself is doing
	Demo    bool   // everything shown is made up
	Stage   Stage  // where visitors meddle with it; nil where nothing is made up
	Site    string // name of the site, where there is one

	huma     huma.API
	commands map[string]Command
	endings  endings
	places   map[string]bool // method and path of each operation
}

// register describes every operation. The document needs them all, so none
// depends on whether its capability is there.
func (a *API) register() {
	a.registerSession()
	a.registerUsers()
	a.registerJobs()
	a.registerEvents()
	a.registerSystem()
	a.registerDevices()
	a.registerAudit()
	a.registerTrail()
	a.registerFindings()
	a.registerBills()
	a.registerFeeds()
	a.registerMappings()
	a.registerLives()
	a.registerPurchases()
	a.registerPatches()
	a.registerKnowledge()
	a.registerSummary()
	a.registerDesk()
	a.registerTargets()
	a.registerChannels()
	a.registerMessages()
	a.registerQuality()
	a.registerShadow()
	a.registerRevisions()
	a.registerAccount()
	a.registerChannelDrafts()
	a.registerMap()
	a.registerDemo()
	a.registerSensors()
	a.registerDataRecalls()
	a.registerReleases()
	a.registerStewards()
}

// Handler returns the operations below /api.
func (a *API) Handler() http.Handler {
	mux := chi.NewMux()
	mux.Use(versionHeader)
	a.mount(mux)
	mux.Get("/api/openapi.json", a.serveDocument)
	mux.NotFound(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, newProblem(r.Context(), http.StatusNotFound, string(bedrail.NotFound), "there is no such operation; /api/openapi.json lists them all"))
	})
	mux.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, newProblem(r.Context(), http.StatusMethodNotAllowed, string(bedrail.Invalid), "this address does not take "+r.Method))
	})
	return mux
}

func (a *API) mount(mux chi.Router) {
	registry := huma.NewMapRegistry("#/components/schemas/", namer())
	registry.RegisterTypeAlias(reflect.TypeFor[huma.ErrorModel](), reflect.TypeFor[Problem]())
	a.huma = humachi.New(mux, huma.Config{
		OpenAPI:       describe(registry),
		Formats:       map[string]huma.Format{"application/json": jsonFormat(), "json": jsonFormat()},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{frameworkProblem},
	})
	a.commands = Commands()
	a.register()
	tidy(a.huma.OpenAPI())
}

// namer names the types of the document: by their own name, and where two
// packages have one name, the later with its package before it.
func namer() func(reflect.Type, string) string {
	taken := make(map[string]reflect.Type)
	return func(t reflect.Type, hint string) string {
		name := huma.DefaultSchemaNamer(t, hint)
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || t.Name() == "" {
			return name
		}
		first, known := taken[name]
		if known && first != t {
			pkg := path.Base(t.PkgPath())
			return strings.ToUpper(pkg[:1]) + pkg[1:] + name
		}
		taken[name] = t
		return name
	}
}

// describe is the head of the document.
func describe(registry huma.Registry) *huma.OpenAPI {
	return &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{Title: "Bedrail", Version: "1", Description: "What is on the hospital's network, what of it is exposed, and in which unit.",
			License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}},
		Components: &huma.Components{Schemas: registry, SecuritySchemes: map[string]*huma.SecurityScheme{
			"token":   {Type: "http", Scheme: "bearer", Description: "An API token, brt_..."},
			"session": {Type: "apiKey", In: "cookie", Name: door.SecureCookie, Description: "The cookie of a signed-in browser"},
		}},
		Security: []map[string][]string{{"token": {}}, {"session": {}}},
	}
}

// tidy says in the document what jsonFormat does: a list is never null.
func tidy(doc *huma.OpenAPI) {
	for _, s := range doc.Components.Schemas.Map() {
		neverNull(s)
	}
}

func neverNull(s *huma.Schema) {
	if s == nil {
		return
	}
	if s.Type == huma.TypeArray {
		s.Nullable = false
	}
	neverNull(s.Items)
	for _, p := range s.Properties {
		neverNull(p)
	}
	if inner, ok := s.AdditionalProperties.(*huma.Schema); ok {
		neverNull(inner)
	}
}

// Document returns the OpenAPI document, indented, as it is checked in.
func Document() ([]byte, error) {
	a := &API{}
	a.mount(chi.NewMux())
	doc, err := json.MarshalIndent(a.huma.OpenAPI(), "", "  ")
	return append(doc, '\n'), err
}

func (a *API) serveDocument(w http.ResponseWriter, r *http.Request) {
	doc, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		writeProblem(w, problemOf(r.Context(), a.log(), err))
		return
	}
	w.Header().Set("Content-Type", "application/openapi+json")
	w.Write(doc)
}

func writeProblem(w http.ResponseWriter, p *Problem) {
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p)
}

func (a *API) log() *slog.Logger {
	if a.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return a.Log
}
