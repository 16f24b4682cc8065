package api

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/format/query"
	"bedrail/traffic"
)

// A DeviceView is one device with all that is known of it and why.
type DeviceView struct {
	ID              string               `json:"id"`
	Name            string               `json:"name"`
	MACs            []traffic.MAC        `json:"macs"`
	Address         netip.Addr           `json:"address,omitzero" doc:"The address that it has now, as far as is known"`
	Addresses       []netip.Addr         `json:"addresses" doc:"All that it had"`
	Hostnames       []string             `json:"hostnames"`
	Class           asset.Value          `json:"class"`
	Manufacturer    asset.Value          `json:"manufacturer"`
	Model           asset.Value          `json:"model"`
	SerialNumber    asset.Value          `json:"serialNumber"`
	SoftwareVersion asset.Value          `json:"softwareVersion"`
	OperatingSystem asset.Value          `json:"operatingSystem"`
	Location        asset.PlacedAt       `json:"location"`
	Placed          []asset.Evidence     `json:"locationEvidence,omitempty" doc:"What says where it stands, the one that is believed first"`
	Roles           []string             `json:"roles"`
	Protocols       []string             `json:"protocols"`
	Tags            []string             `json:"tags"`
	AssetTag        string               `json:"assetTag"`
	Behind          string               `json:"behind" doc:"Device through which this one was seen, or empty"`
	Conflicts       []asset.Disagreement `json:"conflicts"`
	Elsewhere       *asset.Disagreement  `json:"elsewhere,omitempty" doc:"The place that the maintenance list names, where the device is believed to stand in another; the believed one comes first"`
	State           asset.DeviceState    `json:"state"`
	Rhythm          asset.Rhythm         `json:"rhythm"`
	Attachment      asset.Value          `json:"attachment"`
	Posture         []asset.Weakness     `json:"posture"`
	Versions        []asset.VersionSeen  `json:"versions" doc:"Of software, newest first"`
	Systems         []asset.VersionSeen  `json:"systems" doc:"Operating systems, newest first"`
	Held            []asset.AddressHeld  `json:"held" doc:"Addresses, and when each was the device's own"`
	Unbound         []netip.Addr         `json:"unbound,omitempty" doc:"Addresses that were heard without its hardware address too, behind a router or in what others reported"`
	Randomised      bool                 `json:"randomised"`
	Exposure        asset.Exposed        `json:"exposure"`
	Support         asset.Support        `json:"support" doc:"Of the operating system, or of the model where no record knows the system"`
	FirstSeen       time.Time            `json:"firstSeen,omitzero" doc:"When the network heard it first. Absent when it never did"`
	LastSeen        time.Time            `json:"lastSeen,omitzero" doc:"When the network heard it last. Absent when it never did: the word of a list or of a vendor's cloud is no sighting"`
	KnownSince      time.Time            `json:"knownSince,omitzero" doc:"When anything spoke of it first, records included"`
	Reports         []asset.Report       `json:"reports,omitempty" doc:"When records spoke of it last"`
	Version         int64                `json:"version"`
}

func (v DeviceView) version() int64 { return v.Version }

func (a *API) deviceView(ctx context.Context, by bedrail.Actor, d asset.Device) (DeviceView, error) {
	x, err := a.Assets.Exposure(ctx, by, d.ID)
	if err != nil {
		return DeviceView{}, err
	}
	return DeviceView{ID: d.ID, Name: d.Name(), MACs: d.MACs, Address: d.AddressNow(), Addresses: d.Addresses, Hostnames: d.Hostnames, Class: d.Class, Manufacturer: d.Manufacturer,
		Model: d.Model, SerialNumber: d.SerialNumber, SoftwareVersion: d.SoftwareVersion, OperatingSystem: d.OperatingSystem,
		Location: asset.PlacedAt{Location: d.Location, Precision: asset.PrecisionOf(d.Location, a.Clock.Now())}, Placed: d.Placed, Roles: d.Roles, Protocols: d.Protocols,
		Tags: d.Tags, AssetTag: d.AssetTag, Behind: d.Behind, Conflicts: d.Conflicts, Elsewhere: d.Elsewhere, State: asset.StateOf(d, a.Clock.Now()),
		Rhythm: d.Rhythm, Attachment: d.Attachment, Posture: d.Posture, Versions: d.Versions, Systems: d.Systems, Held: d.Held, Unbound: d.Unbound, Randomised: d.Randomised, Exposure: x, Support: x.Support.At(a.Clock.Now()), FirstSeen: d.FirstSeen, LastSeen: d.LastSeen, KnownSince: d.KnownSince, Reports: d.Reports, Version: d.Version}, nil
}

// FacetsInput asks for counts by the values of fields.
type FacetsInput struct {
	Fields string `query:"fields" required:"true" maxLength:"300" doc:"Fields with commas between them, for example class,unit"`
	Filter string `query:"filter" maxLength:"4096"`
}

// Facets are counts by the values of fields.
type Facets struct {
	Fields []asset.Facet `json:"fields"`
}

// A SpotInput is where a person says that a device stands.
type SpotInput struct {
	Site     string `json:"site,omitempty" maxLength:"64"`
	Building string `json:"building,omitempty" maxLength:"64"`
	Floor    string `json:"floor,omitempty" maxLength:"64"`
	Unit     string `json:"unit,omitempty" maxLength:"64"`
	Room     string `json:"room,omitempty" maxLength:"64"`
	Bed      string `json:"bed,omitempty" maxLength:"64"`
}

// DevicePatch is a merge patch: what is absent stays.
type DevicePatch struct {
	IDInput
	MatchInput
	Body struct {
		Tags        *[]string          `json:"tags,omitempty"`
		Location    *SpotInput         `json:"location,omitempty" doc:"Empty takes the person's word back"`
		AssetTag    *string            `json:"assetTag,omitempty" maxLength:"64"`
		Corrections map[string]*string `json:"corrections,omitempty" doc:"class, manufacturer, model, serialNumber, softwareVersion, operatingSystem; empty takes a correction back"`
	} `contentType:"application/merge-patch+json"`
}

func (in *DevicePatch) patch() asset.Patch {
	p := asset.Patch{Tags: in.Body.Tags, AssetTag: in.Body.AssetTag}
	if l := in.Body.Location; l != nil {
		spot := l.spot()
		p.Location = &spot
	}
	for attribute, v := range in.Body.Corrections {
		if p.Corrections == nil {
			p.Corrections = map[traffic.Attribute]string{}
		}
		p.Corrections[traffic.Attribute(attribute)] = ""
		if v != nil {
			p.Corrections[traffic.Attribute(attribute)] = strings.TrimSpace(*v)
		}
	}
	return p
}

// MergeInput names two devices that are one.
type MergeInput struct {
	Body struct {
		IDs     []string `json:"ids" minItems:"2" maxItems:"2"`
		Reason  string   `json:"reason,omitempty" maxLength:"200"`
		Despite bool     `json:"despiteSerials,omitempty" doc:"They are one although their serial numbers differ; needs the reason"`
	}
}

// SplitInput names what is not part of a device, or the merge to take back.
type SplitInput struct {
	IDInput
	Body struct {
		Undo      string        `json:"undo,omitempty" maxLength:"64" doc:"The merge or split to take back"`
		MACs      []traffic.MAC `json:"macs,omitempty" maxItems:"64" doc:"Hardware addresses that are another device"`
		Addresses []netip.Addr  `json:"addresses,omitempty" maxItems:"64" doc:"Addresses, among unbound of the device, at which another device was heard"`
	}
}

func (a *API) registerDevices() {
	const tag = "Devices"
	serve(a, route{Method: http.MethodGet, Path: "/devices", ID: "list-devices", Tag: tag, Summary: "List devices",
		About: "Fields: class manufacturer model serial version os site building floor unit room bed location(bed|unit|stale|unknown) ip mac host status tag protocol role state(new|known|quiet|gone|listed) posture attachment randomised(yes|no) use(yes|no, within ten minutes) conflict(yes|no) disagrees(the attribute of a conflict: class, model, hostname and others) exposure(affected|undecidable|none) support(over|ending|supported|undecidable|none) support_ends behind first_seen last_seen heard known_since reported asset_tag name."},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[asset.Summary], error) {
			req, err := in.Request()
			if err != nil {
				return List[asset.Summary]{}, err
			}
			page, err := a.Assets.Devices(ctx, by, req)
			return listOf(page, same), err
		})
	serve(a, route{Method: http.MethodGet, Path: "/devices/facets", ID: "count-devices", Tag: tag, Summary: "Count devices by the values of fields"}, a.deviceFacets)
	serve(a, route{Method: http.MethodGet, Path: "/devices/{id}", ID: "get-device", Tag: tag, Summary: "One device, with the evidence for each attribute"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (DeviceView, error) {
			d, err := a.Assets.Device(ctx, by, in.ID)
			if err != nil {
				return DeviceView{}, err
			}
			return a.deviceView(ctx, by, d)
		})
	serve(a, route{Method: http.MethodGet, Path: "/devices/{id}/timeline", ID: "get-device-timeline", Tag: tag, Summary: "What happened to a device, newest first"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (List[asset.Event], error) {
			items, err := a.Assets.Timeline(ctx, by, in.ID)
			return allOf(items, same), err
		})
	serve(a, route{Method: http.MethodGet, Path: "/devices/{id}/conversations", ID: "get-device-conversations", Tag: tag, Summary: "With whom a device spoke within 30 days"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (List[asset.Talk], error) {
			items, err := a.Assets.Conversations(ctx, by, in.ID)
			return allOf(items, same), err
		})
	serve(a, route{Method: http.MethodGet, Path: "/devices/{id}/links", ID: "get-device-links", Tag: tag, Summary: "What persons merged and split of a device"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (List[asset.Link], error) {
			items, err := a.Assets.Links(ctx, by, in.ID)
			return allOf(items, same), err
		})
	a.registerQueue(tag)
	a.registerLists(tag)
	a.registerPlaces()
	a.registerReconciliation(tag)
	a.registerBehaviour(tag)
	a.registerExport(tag)
	a.registerAssociations(tag)
	a.registerDeviceChanges(tag)
}

func (a *API) registerDeviceChanges(tag string) {
	a.registerBulk(tag)
	serve(a, route{Method: http.MethodPatch, Path: "/devices/{id}", ID: "change-device", Tag: tag, Summary: "Tag, locate or correct a device",
		About: "A correction wins over all evidence, which is kept beside it."},
		func(ctx context.Context, by bedrail.Actor, in *DevicePatch) (DeviceView, error) {
			seen, err := in.SeenVersion()
			if err != nil {
				return DeviceView{}, err
			}
			d, err := a.Assets.Patch(ctx, by, in.ID, seen, in.patch())
			if err != nil {
				return DeviceView{}, err
			}
			return a.deviceView(ctx, by, d)
		})
	serve(a, route{Method: http.MethodPost, Path: "/devices/merge", ID: "merge-devices", Tag: tag, Summary: "Say that two devices are one",
		About: "Devices whose serial numbers differ are refused with both numbers, unless despiteSerials says that they are one all the same; the reason then stands in the audit record."},
		func(ctx context.Context, by bedrail.Actor, in *MergeInput) (DeviceView, error) {
			d, err := a.Assets.Merge(ctx, by, asset.Merging{Devices: in.Body.IDs, Reason: in.Body.Reason, Despite: in.Body.Despite})
			if err != nil {
				return DeviceView{}, err
			}
			return a.deviceView(ctx, by, d)
		})
	serve(a, route{Method: http.MethodPost, Path: "/devices/{id}/split", ID: "split-device", Tag: tag, Summary: "Say that parts of a device are another, or take a merge back"},
		func(ctx context.Context, by bedrail.Actor, in *SplitInput) (DeviceView, error) {
			d, err := a.Assets.Split(ctx, by, in.ID, asset.Parting{Undo: in.Body.Undo, MACs: in.Body.MACs, Addresses: in.Body.Addresses})
			if err != nil {
				return DeviceView{}, err
			}
			return a.deviceView(ctx, by, d)
		})
}

func (a *API) deviceFacets(ctx context.Context, by bedrail.Actor, in *FacetsInput) (Facets, error) {
	f, err := query.Parse(in.Filter)
	if err != nil {
		return Facets{}, bedrail.Errorf(bedrail.Invalid, "%w", err).At("query.filter")
	}
	var names []string
	for name := range strings.SplitSeq(in.Fields, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	if len(names) > 16 {
		return Facets{}, bedrail.Errorf(bedrail.Invalid, "at most 16 fields are counted at once").At("query.fields")
	}
	fields, err := a.Assets.Facets(ctx, by, names, f)
	return Facets{fields}, err
}
