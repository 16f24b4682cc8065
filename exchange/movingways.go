package exchange

import (
	"fmt"
	"strings"
	"time"

	"bedrail/format/mirth"
)

func (m *moving) source(c mirth.Connector) {
	p := c.Properties
	listen := p.Text("listenerConnectorProperties/host") + ":" + p.Text("listenerConnectorProperties/port")
	plain := !Loopback(listen)
	if plain && strings.HasSuffix(c.Class, "Receiver") && p.Text("listenerConnectorProperties/port") != "" {
		m.leave("changed", "source", "%s is reachable from other machines without encryption, as before; give tls, or bind it to one address", listen)
	}
	switch c.Class {
	case "TcpReceiver":
		m.tcpSource(c, listen, plain)
	case "HttpReceiver":
		m.Definition.Source = endpoint("http", map[string]any{"listen": listen, "path": "/" + strings.Trim(p.Text("contextPath"), "/"), "plain": plain, "format": formatOf(c.Inbound)})
		m.leave("changed", "source", "Bedrail answers once the message is kept; an answer made by a destination is not passed back")
	case "FileReceiver":
		m.fileSource(c)
	case "DICOMReceiver":
		title := p.Text("applicationEntity")
		if title == "" {
			title = "BEDRAIL"
		}
		m.Definition.Source = endpoint("dicom", map[string]any{"listen": listen, "aeTitle": title, "plain": plain})
	case "VmReceiver":
		m.leave("missing", "source", "it is fed by other channels (Channel Reader); put its destinations into those channels, or let them deliver to a door of this one")
	default:
		m.leave("missing", "source", "a source of kind %s has no counterpart", c.Class)
	}
}

func (m *moving) tcpSource(c mirth.Connector, listen string, plain bool) {
	p := c.Properties
	if mode := p.ClassOf("transmissionModeProperties"); mode != "MLLPModeProperties" && p.Text("transmissionModeProperties/pluginPointName") != "MLLP" {
		m.leave("missing", "source", "frames other than MLLP (%s) have no counterpart", mode)
		return
	}
	if p.Text("serverMode") == "false" {
		m.leave("missing", "source", "it calls the sender and waits for messages there; Bedrail listens and is called")
		return
	}
	if c.Inbound != "" && c.Inbound != "HL7V2" {
		m.leave("changed", "source", "it carries %s over MLLP; Bedrail reads HL7 v2 there and keeps anything else as unreadable", c.Inbound)
	}
	if p.Text("responseConnectorProperties/responseVariable")+p.Text("sourceConnectorProperties/responseVariable") != "" {
		answer := p.Text("sourceConnectorProperties/responseVariable")
		if strings.HasPrefix(answer, "d") && len(answer) < 4 || answer == "Postprocessor" {
			m.leave("changed", "source", "the sender was answered by %s; Bedrail answers as soon as the message is kept, and delivers after that", answer)
		}
	}
	if set := p.Text("charsetEncoding"); set != "" && set != "DEFAULT_ENCODING" {
		m.leave("note", "source", "the character set was fixed to %s; Bedrail goes by MSH-18 of each message", set)
	}
	m.Definition.Source = endpoint("mllp", map[string]any{"listen": listen, "plain": plain})
}

func (m *moving) fileSource(c mirth.Connector) {
	p := c.Properties
	if scheme := p.Text("scheme"); scheme != "FILE" && scheme != "" {
		m.leave("missing", "source", "files over %s have no counterpart; mount the folder", scheme)
		return
	}
	settings := map[string]any{"folder": p.Text("host"), "format": formatOf(c.Inbound)}
	switch pattern := p.Text("fileFilter"); {
	case p.Text("regex") == "true":
		m.leave("missing", "source", "names are chosen by the regular expression %q; give a pattern such as *.hl7", pattern)
	case pattern != "" && pattern != "*":
		settings["pattern"] = pattern
	}
	settings["delete"] = p.Text("afterProcessingAction") == "DELETE"
	if p.Text("sourceConnectorProperties/processBatch") == "true" {
		m.leave("changed", "source", "files of many messages were split; Bedrail splits HL7 v2 batches (FHS, BHS) and rows of CSV only")
	}
	m.Definition.Source = endpoint("file", settings)
}

func (m *moving) destination(c mirth.Connector) {
	place := "destination " + c.Name
	d := Destination{Name: distinct(c.Name, m.taken)}
	p := c.Properties
	switch c.Class {
	case "TcpDispatcher":
		settings := map[string]any{"address": p.Text("remoteAddress") + ":" + p.Text("remotePort")}
		if p.Text("ignoreResponse") == "true" {
			settings["noAnswer"] = true
		}
		if p.ClassOf("transmissionModeProperties") != "MLLPModeProperties" && p.Text("transmissionModeProperties/pluginPointName") != "MLLP" {
			m.leave("missing", place, "frames other than MLLP have no counterpart")
			return
		}
		d.Endpoint = endpoint("mllp", settings)
		m.template(place, p.Text("template"))
	case "HttpDispatcher":
		if method := strings.ToUpper(p.Text("method")); method != "POST" && method != "" {
			m.leave("missing", place, "it sends by %s; Bedrail sends by POST", method)
			return
		}
		d.Endpoint = endpoint("webhook", map[string]any{"url": p.Text("host"), "secretFile": d.Name + ".secret"})
		m.template(place, p.Text("content"))
		m.leave("changed", place, "Bedrail signs each delivery: put the secret into %s.secret", d.Name)
		if p.Text("useAuthentication") == "true" {
			m.leave("missing", place, "user and password are not carried over")
		}
	case "FileDispatcher":
		if scheme := p.Text("scheme"); scheme != "FILE" && scheme != "" {
			m.leave("missing", place, "files over %s have no counterpart; mount the folder", scheme)
			return
		}
		d.Endpoint = endpoint("file", map[string]any{"folder": p.Text("host")})
		if name := p.Text("outputPattern"); name != "" {
			m.leave("changed", place, "files were named %q; Bedrail names them by its number of the message, see name in the manual", name)
		}
		if p.Text("outputAppend") == "true" {
			m.leave("changed", place, "messages were appended to one file; Bedrail writes a file for each")
		}
		m.template(place, p.Text("template"))
	case "DICOMDispatcher":
		d.Endpoint = endpoint("dicom", map[string]any{"address": p.Text("host") + ":" + p.Text("port"), "calledAE": p.Text("applicationEntity"), "callingAE": orElse(p.Text("localApplicationEntity"), "BEDRAIL")})
	case "VmDispatcher":
		m.leave("missing", place, "it feeds another channel (%s); put that channel's destinations here", orElse(p.Text("channelId"), "none"))
		return
	default:
		m.leave("missing", place, "a destination of kind %s has no counterpart; a webhook, a file, a NATS subject or Kafka may do", c.Class)
		return
	}
	if len(c.Responses) > 0 {
		m.leave("missing", place, "steps over the receiver's answer have no counterpart; the answer is kept with the message")
	}
	if !c.Enabled {
		off := false
		d.Enabled = &off
	}
	open := len(m.Left)
	d.When = m.filter(place+" filter", c)
	d.Transform = m.steps(place+" transformer", c)
	if m.missing(open) {
		off := false // what it was meant to keep back or change must not go out unseen
		d.Enabled = &off
		m.leave("changed", place, "it is switched off until the above is mended")
	}
	m.queueing(place, c, &d)
	m.Definition.Destinations = append(m.Definition.Destinations, d)
}

// queueing carries over how often and how wide is sent.
func (m *moving) queueing(place string, c mirth.Connector, d *Destination) {
	var every, threads int
	fmt.Sscanf(c.Properties.Text("destinationConnectorProperties/retryIntervalMillis"), "%d", &every)
	fmt.Sscanf(c.Properties.Text("destinationConnectorProperties/threadCount"), "%d", &threads)
	if every >= 1000 && every != 10_000 {
		d.Retry = &Retry{First: Duration(time.Duration(every) * time.Millisecond)}
	}
	if threads > 1 {
		d.Parallel = min(threads, 64)
	}
	if c.Properties.Text("destinationConnectorProperties/queueEnabled") != "true" {
		m.leave("changed", place, "it had no queue, so that a receiver that was away lost messages or held up the sender; Bedrail queues always")
	}
}

func (m *moving) template(place, text string) {
	if text = strings.TrimSpace(text); text != "" && text != "${message.encodedData}" {
		m.leave("missing", place, "what is sent is built from a template (%q); Bedrail sends the message itself", cut(text))
	}
}
