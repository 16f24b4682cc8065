// Generated from api/openapi.json by "npm run types". Do not edit.

export interface paths {
    "/api/v1/advisories/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All that is known of a weakness: whom it exposes, what reaches them, what holds it, what would
         * @description By any of its names: CVE, GHSA, GO and so on. What would contain it is a proposal with the text of an access list and the recorded conversations that it would break; nothing is changed.
         */
        get: operations["get-advisory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/answers/{id}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take back what was said of devices of the queue */
        post: operations["undo-answer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/asof": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was known on a day: bills, feeds, statements, decisions, and what followed from them
         * @description Worked out anew from the records that were held at that moment.
         */
        get: operations["get-as-of"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/asof/page": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same as one signed page that prints and verifies offline */
        get: operations["get-as-of-page"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who did what, the newest first */
        get: operations["list-audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/checkpoint": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The newest signed checkpoint of the record */
        get: operations["get-audit-checkpoint"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Entries of the record as FHIR AuditEvent, newest first
         * @description A Bundle of R4, of a time, a message or a device. Its link next leads on.
         */
        get: operations["list-audit-events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The whole record for an auditor
         * @description One canonical entry a line, after it a line that opens its personal fields, at the end the newest checkpoint. "bedrail audit verify FILE" reads it without the database.
         */
        get: operations["export-audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The public key that checkpoints are signed by */
        get: operations["get-audit-key"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/repositories": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How far the audit repositories of the house have been told
         * @description Targets of way syslog and format atna. The record is their queue: what one did not take is sent again.
         */
        get: operations["list-audit-repositories"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Compare the whole record with its tree, its checkpoints and its witnesses */
        get: operations["verify-audit"];
        put?: never;
        /**
         * The same as a job with progress, for a long record
         * @description The result of the job is the report. While nothing can be written there is no job either; then ask by GET.
         */
        post: operations["start-verify-audit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/{seq}/proof": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Proof that one entry is in the record, to be checked without the rest */
        get: operations["prove-audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/backups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Backups that the server made, newest first */
        get: operations["list-backups"];
        put?: never;
        /** Make a backup and restore it to try it out */
        post: operations["make-backup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/backups/{id}/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Restore a backup into a scratch place */
        post: operations["verify-backup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bills": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List bills of software */
        get: operations["list-bills"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bills/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One bill, without its components */
        get: operations["get-bill"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bills/{id}/components": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Components of a bill */
        get: operations["list-bill-components"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bills/{id}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What changed from another bill to this one */
        get: operations["diff-bills"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bills/{id}/graph": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Neighbours of a component in the graph of dependencies, a page at a time */
        get: operations["get-bill-graph"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bills/{id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every bill that the model of this one has or had, and which replaced which */
        get: operations["list-bill-history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bills/{id}/support": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Until when the components of a bill are supported */
        get: operations["list-bill-support"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/calendars": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List calendar addresses, without their secrets */
        get: operations["list-calendars"];
        put?: never;
        /** Make an address to which calendars subscribe */
        post: operations["open-calendar"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/calendars/feed/{secret}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The plan as a calendar (RFC 5545)
         * @description The secret in the address stands for a login. The calendar names models, units and counts, and no weakness.
         */
        get: operations["get-calendar-feed"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/calendars/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a calendar address */
        delete: operations["close-calendar"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/channel-drafts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Read a channel that is being written, and say what is wrong with it
         * @description Nothing is kept or opened. The answer has it as an object and as YAML, whichever was given.
         */
        post: operations["check-channel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/channel-gaps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Times in which what a contained device sends was held back, of which receivers were told */
        get: operations["list-gaps"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/channel-imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Move channels in from Mirth Connect or the Open Integration Engine
         * @description The body holds the XML of an export: channels, a group or a server configuration. What is usable is made, paused; what did not convert is listed.
         */
        post: operations["import-channels"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/channel-kinds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the kinds of sources and destinations */
        get: operations["list-channel-kinds"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/channels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List channels with how their doors and destinations stand */
        get: operations["list-channels"];
        put?: never;
        /** Make a channel and open it */
        post: operations["create-channel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/channels/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One channel with its connections */
        get: operations["get-channel"];
        /** Replace the definition of a channel while it runs */
        put: operations["change-channel"];
        post?: never;
        /** End a channel; its messages stay */
        delete: operations["delete-channel"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/channels/{name}/state": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause, drain or resume a channel
         * @description A paused channel takes nothing in and passes nothing on; a draining one passes on what is queued.
         */
        post: operations["set-channel-state"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/channels/{name}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a channel's tests and look whether its destinations are there
         * @description Nothing is kept or delivered. With a definition in the body, that one is tried instead of the channel as it is.
         */
        post: operations["test-channel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/channels/{name}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a channel was, newest first */
        get: operations["list-channel-versions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/contradictions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where a maker's statements, bills, answers about weaknesses and observed traffic cannot all hold */
        get: operations["list-contradictions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/controls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What keeps weaknesses from being reached, with what recorded conversations say of it
         * @description States: contradicted expired unobserved pending verified retired. Only a verified control lowers exposure.
         */
        get: operations["list-controls"];
        put?: never;
        /**
         * Put a control in force for a weakness of a model
         * @description Bedrail changes nothing in the network: it watches whether what you closed stays closed.
         */
        post: operations["bind-control"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/controls/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Take a control back */
        delete: operations["retire-control"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/corrections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the maintenance system's list should be told, and what it was told
         * @description One row for each attribute that the list lacks or has otherwise, as far as Bedrail holds it likely or confirmed.
         */
        get: operations["list-corrections"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/corrections/outbox": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the maintenance system can be told anything */
        get: operations["get-corrections-outbox"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/corrections/send": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send corrections to the maintenance system
         * @description Each is a message of the channel whose source is corrections: kept first, then delivered, tried again, or shown as dead. One that was sent before is not sent again.
         */
        post: operations["send-corrections"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/coverage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How much of the devices is known, in all, by unit and by VLAN
         * @description The share of devices that each witness saw (sensor, dhcp, arp, cmms, cloud), and how many there are in all by Chapman's estimate from how far two witnesses overlap, with its 95 % interval; where too few are in both it says so instead. docs/inventory.md has the assumptions.
         */
        get: operations["get-coverage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/data-recalls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List recalls of data, newest first */
        get: operations["list-data-recalls"];
        put?: never;
        /**
         * Call back what a device said within a time, or see what that would touch
         * @description Receivers are told through the exchange's own outbox, and get what they have as withdrawn or corrected. A dry run only looks. Above a hundred messages a second person must agree.
         */
        post: operations["open-data-recall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/data-recalls/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One recall with where each receiver stands now */
        get: operations["get-data-recall"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/data-recalls/{id}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Agree, as the second person, that data are called back */
        post: operations["approve-data-recall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/data-recalls/{id}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Close a recall of which every receiver answered or is excepted by name */
        post: operations["close-data-recall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/data-recalls/{id}/continue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Do what a stopped job of a recall left undone */
        post: operations["continue-data-recall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/data-recalls/{id}/patients": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Show which patients the messages are about, for a stated purpose
         * @description Who looked and for what purpose is on record.
         */
        post: operations["reveal-data-recall-patients"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/data-recalls/{id}/receivers/{channel}/{destination}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keep what a receiver answered to somebody, except it, or give it another owner */
        post: operations["answer-data-recall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/data-recalls/{id}/resources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the FHIR resources that were made of what is called back and delivered */
        get: operations["list-data-recall-resources"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/decisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What makers and people state about weaknesses */
        get: operations["list-decisions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/demo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How far the demonstration has come, and what may happen in it
         * @description Only where everything shown is made up.
         */
        get: operations["get-demo"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/demo/events/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let something happen in the demonstration
         * @description It enters through the product's own doors, as a capture, a message on the wire or a file, and the answer says where its effect is seen. Each happens once.
         */
        post: operations["stage-demo-event"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List devices
         * @description Fields: class manufacturer model serial version os site building floor unit room bed location(bed|unit|stale|unknown) ip mac host status tag protocol role state(new|known|quiet|gone|listed) posture attachment randomised(yes|no) use(yes|no, within ten minutes) conflict(yes|no) disagrees(the attribute of a conflict: class, model, hostname and others) exposure(affected|undecidable|none) support(over|ending|supported|undecidable|none) support_ends behind first_seen last_seen heard known_since reported asset_tag name.
         */
        get: operations["list-devices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/associated": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Find the devices of a patient, for a stated purpose
         * @description Who looked and for what purpose is on record; whom was looked for is not.
         */
        post: operations["find-devices-of-patient"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tag or locate many devices
         * @description With dryRun the answer says how many would change, and why others would not. Without, it is the job that changes them.
         */
        post: operations["change-devices"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/bulk/{id}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a change of many devices back
         * @description A device that somebody changed again meanwhile stays as it is.
         */
        post: operations["undo-change-devices"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Devices in the form of another system
         * @description Only what is likely or confirmed is written; a blank is not known. docs/inventory.md says what each column means.
         */
        get: operations["export-devices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/facets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Count devices by the values of fields */
        get: operations["count-devices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/merge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say that two devices are one
         * @description Devices whose serial numbers differ are refused with both numbers, unless despiteSerials says that they are one all the same; the reason then stands in the audit record.
         */
        post: operations["merge-devices"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One device, with the evidence for each attribute */
        get: operations["get-device"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Tag, locate or correct a device
         * @description A correction wins over all evidence, which is kept beside it.
         */
        patch: operations["change-device"];
        trace?: never;
    };
    "/api/v1/devices/{id}/association": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether a device belongs to a patient, not to whom
         * @description Of devices that are worn or stand at home, as feeds of their vendors tell it.
         */
        get: operations["get-device-association"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/association/legal-hold": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Keep the links of a device to patients from being forgotten, or let go of them
         * @description What is held is forgotten neither by time, nor by a feed that calls it an error, nor with the import that told it: it ends, and is kept.
         */
        post: operations["hold-device-association"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/association/reveal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Show to whom a device belongs, for a stated purpose
         * @description Who looked and for what purpose is on record; whom was looked at is not.
         */
        post: operations["reveal-device-association"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/behaviour": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * With what kinds of peers a device speaks, how, how much and when
         * @description Learned from the last 14 days; beside it the profile that was frozen, and how the two differ.
         */
        get: operations["get-device-behaviour"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/behaviour/freeze": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keep the behaviour of a device as what it ought to be */
        post: operations["freeze-device-behaviour"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Changes of many devices of which a device was part, the latest first */
        get: operations["list-device-changes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/changes/{change}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take back what a change of many did to one device
         * @description The other devices stay as the change made them. A device of which somebody spoke since stays as it is, and is counted as refused.
         */
        post: operations["undo-device-change"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** With whom a device spoke within 30 days */
        get: operations["get-device-conversations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/exposures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a device is exposed to */
        get: operations["list-device-exposures"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/identify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say what a device is, and those that look the same
         * @description A person's word wins over all evidence, which is kept beside it. It can be taken back by the id in the answer.
         */
        post: operations["identify-device"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What persons merged and split of a device */
        get: operations["get-device-links"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/split": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say that parts of a device are another, or take a merge back */
        post: operations["split-device"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened to a device, newest first */
        get: operations["get-device-timeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/utilisation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How much a device is used, as its messages show
         * @description A pump that reports a flow is infusing, a monitor that reports vital signs is monitoring, an association that stores images is a study. What was measured or given is not kept.
         */
        get: operations["get-device-utilisation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is attached to a model, purchase, recall or device */
        get: operations["list-documents"];
        put?: never;
        /**
         * Attach a file; the body is the file itself
         * @description PDF, text, CSV, JSON, XML, XLSX, DOCX, PNG, JPEG or EML, at most 10 MiB. With keys it lies sealed.
         */
        post: operations["attach-document"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Forget a document */
        delete: operations["remove-document"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents/{id}/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The file itself */
        get: operations["get-document-content"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What changes, as it changes
         * @description Server-sent events: device {id, version}, finding {id}, job (a Job), feed {name}, audit {seq}, coverage. An event reset says that events were missed: read anew what is shown.
         */
        get: operations["stream-events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/feeds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List feeds with their age
         * @description A feed that is missing or stale lowers what is covered; it never makes a device look clean.
         */
        get: operations["list-feeds"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/feeds/sync": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Fetch every configured source now */
        post: operations["sync-feeds"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/feeds/{name}/sync": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Fetch a configured source now */
        post: operations["sync-feed"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/findings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List findings
         * @description One row is a weakness and a model. Worst first unless sorted. Fields: kind status severity score kev vulnerability model manufacturer version component source state owner devices unit site urgency rank; free text.
         */
        get: operations["list-findings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/findings/decisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Decide about findings
         * @description The findings are named by identifiers or by a filter. With preview nothing changes and the answer says what would.
         */
        post: operations["decide-findings"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/findings/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is held about findings, as a signed VEX document
         * @description The document is signed by the key of the audit record: the note holds its SHA-256.
         */
        get: operations["export-findings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/findings/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One finding */
        get: operations["get-finding"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists that were taken in, newest first
         * @description Each can be taken back as a whole.
         */
        get: operations["list-imports"];
        put?: never;
        /**
         * Bring in a file
         * @description The body is the file itself. It is read as a stream; a capture is never kept on disk. The job appears under /jobs and /events as soon as the upload begins; the answer comes when the file has been read and holds the job as it ended.
         */
        post: operations["import-file"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/imports/columns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What the columns of a list seem to hold
         * @description The body is the file, CSV or XLSX. Its headings are compared with the mappings that were saved, then guessed. Nothing is taken in, and nothing of the file is kept.
         */
        post: operations["look-at-columns"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/imports/mappings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Mappings of columns that are kept */
        get: operations["list-column-mappings"];
        /**
         * Keep a mapping of columns under a name
         * @description It replaces the one of that name.
         */
        put: operations["save-column-mapping"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/imports/mappings/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Forget a mapping of columns */
        delete: operations["remove-column-mapping"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/imports/{id}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take back what a list of devices, leases or places, or a cloud's feed, said
         * @description Devices that nothing else spoke of go with it. Links to patients that are under legal hold end and are kept, with their device; once the hold is let go, the same takes back the rest. What was already undone is a conflict (409).
         */
        post: operations["undo-import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List jobs
         * @description Newest first unless sorted.
         */
        get: operations["list-jobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One job */
        get: operations["get-job"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a job
         * @description What the job has already taken in stays.
         */
        post: operations["cancel-job"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a job up where it left
         * @description For a job that was cancelled, or broken off by a restart or a fault, and is resumable; whyAnew of any other says why it is not.
         */
        post: operations["resume-job"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledger": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every model: where it stands in its life, and who answers for it
         * @description States are those of IMDRF N70: development, support, limited-support, end-of-support; unknown is counted. Those that need somebody first.
         */
        get: operations["list-ledger"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledger/record": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the hospital holds about a model */
        get: operations["get-model-record"];
        /** Keep what the hospital holds about a model */
        put: operations["save-model-record"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Notices on their way, newest first; filter state:dead for those given up */
        get: operations["list-letters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/letters/discard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Forget dead letters */
        post: operations["discard-letters"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/letters/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Try dead letters again */
        post: operations["retry-letters"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/lifecycle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Models whose support ends */
        get: operations["list-lifecycle"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/lifecycle/components": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every component of the bills: where it stands in its life, in which models, on how many devices
         * @description The hospital's own record goes before the bill, the bill before public records. Those without support first.
         */
        get: operations["list-component-support"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/lifecycle/components/record": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the hospital holds about a component */
        get: operations["get-component-record"];
        /** Keep what the hospital holds about a component */
        put: operations["save-component-record"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/lifecycle/forecast": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How many devices are without support on days to come, by unit
         * @description If nothing is replaced. Devices of which nothing is known are counted apart.
         */
        get: operations["forecast-lifecycle"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/locations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Sites, buildings, floors, units, rooms and beds, with what stands there
         * @description Those of the hospital's list, and those that devices name and the list does not know (listed:no). In the order of a tree; parent names the place above by its key.
         */
        get: operations["list-locations"];
        put?: never;
        /**
         * Put a place on the list
         * @description The finest part that is named is the place; the others say in what it lies.
         */
        post: operations["add-location"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/locations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change a place of the list
         * @description What lies in it moves along.
         */
        put: operations["change-location"];
        post?: never;
        /**
         * Take a place and all that lies in it off the list
         * @description Devices stay where evidence puts them.
         */
        delete: operations["remove-location"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/map": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who speaks with whom, as a picture with places
         * @description Zones first: units, else networks. The same network gives the same picture. What is left out is counted.
         */
        get: operations["draw-map"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/mappings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Mappings of messages to FHIR and back, the house's own first */
        get: operations["list-mappings"];
        put?: never;
        /**
         * Save a version of a mapping and take it into force
         * @description Refused when it is no mapping, when FHIR has no such element, or when a test that the mapping carries fails.
         */
        post: operations["save-mapping"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/mappings/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Try a mapping on a message; nothing is kept */
        post: operations["try-mapping"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/mappings/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A mapping with its versions */
        get: operations["get-mapping"];
        put?: never;
        post?: never;
        /** Take a mapping of the house out of force; Bedrail's own counts again */
        delete: operations["retire-mapping"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/mds2": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what makers state about the security of their models (MDS2) */
        get: operations["list-statements"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/mds2/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One MDS2 with its 233 answers */
        get: operations["get-statement"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/mds2/{id}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a maker answers differently from an earlier MDS2 */
        get: operations["diff-statements"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List messages, newest first
         * @description Nothing of what they say. patient:, visit:, order: and control: look up exactly.
         */
        get: operations["list-messages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Who received data about a patient, within a time, and for what purpose
         * @description An accounting of disclosures (45 CFR 164.528), read from the audit record: each line has its number there and can be proven. The patient is looked up by a keyed digest and is not in the answer; who asks, and why, is on record. Messages whose content was forgotten are counted too.
         */
        post: operations["account-messages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/associate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give messages to the patient that they belong to
         * @description By their ids, or all of a device within a time. Without a patient the admissions are asked again, as they are known now. Receivers of resources get them again under the same ids, with a Provenance that says what was corrected.
         */
        post: operations["associate-messages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/forget": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make messages unreadable for ever
         * @description The row and the audit record stay. Backups hold the key until the keys are rotated.
         */
        post: operations["forget-messages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/held": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is held back now, by channel and reason, and when the first of it goes out */
        get: operations["list-held"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/ledger": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What became of every message, by channel
         * @description Counted from the journal. Received = delivered + pending + held + dead + duplicates + rejected + filtered, each message once, by its worst destination.
         */
        get: operations["get-ledger"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/legal-hold": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keep messages from being forgotten, or let go of them */
        post: operations["hold-messages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send messages again, or let held ones go
         * @description A dry run only says what it would touch. Above a hundred messages a second person must agree.
         */
        post: operations["replay-messages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One message: its sender's trust, what is wrong with it, where it went */
        get: operations["get-message"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/{id}/proof": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A file that shows what came and what was done with it, and verifies without Bedrail
         * @description It holds hashes and no content. bedrail message verify-proof reads it on any machine.
         */
        get: operations["prove-message"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/{id}/provenance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The way of a message as FHIR Provenance
         * @description A Bundle of R4: one Provenance for its receipt, from the hash of the bytes as they came, and one for each delivery with its purpose.
         */
        get: operations["get-message-provenance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/{id}/repair": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Mend a copy of a message, and send that instead
         * @description What came is kept as it came. Who mended it and why is on record, and goes with resources that are made of it as Provenance.
         */
        post: operations["repair-message"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/{id}/reveal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Show what a message says, for a stated purpose
         * @description Who looked and for what purpose is on record.
         */
        post: operations["reveal-message"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/{id}/trace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The way of a message, step by step, as the audit record has it */
        get: operations["trace-message"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List models with what they are exposed to */
        get: operations["list-models"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/behaviour": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What at least half of the devices of a model do */
        get: operations["get-model-behaviour"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/behaviour/freeze": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keep the behaviour of a model as what it ought to be */
        post: operations["freeze-model-behaviour"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened that one should know, newest first */
        get: operations["list-notifications"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Note that notifications were read */
        post: operations["read-notifications"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/patches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List patch orders: one model in one unit each */
        get: operations["list-patches"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/patches/propose": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Propose when devices are mended
         * @description By measured idle hours, what a unit can spare, loaners, maintenance that is due, and who may patch (MDS2 CSUP). Never all interchangeable devices of a unit at once. What is booked stays.
         */
        post: operations["propose-patches"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/patches/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One patch order */
        get: operations["get-patch"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/patches/{id}/consent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Agree to an order for one of three parties, or do not
         * @description Information technology, clinical engineering and the unit: three people. When all agree, the order is booked.
         */
        post: operations["agree-patch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/patches/{id}/exception": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put a control in the place of a patch, until a day */
        post: operations["except-patch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/patches/{id}/stage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say that an order was carried out, or cancel it
         * @description Verified is what Bedrail sees for itself: another software version on the wire or in the record of every device.
         */
        post: operations["set-patch-stage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/procurement/policy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the hospital asks of a device to be bought */
        get: operations["get-procurement-policy"];
        /** Put a policy in force */
        put: operations["set-procurement-policy"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/procurement/policy/try": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a policy would do: problems by line, difference from the one in force, and how each purchase would look
         * @description Changes nothing.
         */
        post: operations["try-procurement-policy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/procurement/policy/{id}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What changed from one policy to another, line by line */
        get: operations["diff-procurement-policies"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/purchases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List purchases with their assessments */
        get: operations["list-purchases"];
        put?: never;
        /**
         * Open a purchase and assess it
         * @description Rests on the newest MDS2 and bill of the model, on the feeds, on the record of the model, and on what was observed of it.
         */
        post: operations["open-purchase"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/purchases/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One purchase */
        get: operations["get-purchase"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/purchases/{id}/assess": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Assess again, with what is known now */
        post: operations["assess-purchase"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/purchases/{id}/decision": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approve, decline or close a purchase
         * @description The decision is signed. An approval against the verdict waits for a second person.
         */
        post: operations["decide-purchase"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/purchases/{id}/deviations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Accept that a demand is not met, by name and until a day */
        post: operations["accept-deviation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/purchases/{id}/second": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Agree, as a second person, to an approval against the verdict */
        post: operations["second-purchase"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/quality": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List feeds with how well they can be relied on, the worst first
         * @description A feed is what one device says on one channel. Those that are only overheard (shadow) come after those that channels carry. Nothing in it is a value of a patient.
         */
        get: operations["list-quality"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/quality-alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List alerts about feeds and about who speaks on them, open ones first
         * @description Alerts of kind spoofed and takeover are findings of security: their evidence shows both sides.
         */
        get: operations["list-quality-alerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/quality-alerts/{id}/answer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Acknowledge an alert, or end one that was seen to */
        post: operations["answer-quality-alert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/quality-objectives": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what feeds should reach, with how much may still go wrong */
        get: operations["list-quality-objectives"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/quality-objectives/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set what feeds should reach */
        put: operations["set-quality-objective"];
        post?: never;
        /** Take an objective of the house's own away */
        delete: operations["remove-quality-objective"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/quality-wire": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What doors see on the wire, each with its mend */
        get: operations["list-wire-advice"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/quality/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One feed with its hours, objectives and alerts */
        get: operations["get-quality"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/recalls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Recalls that touch devices of the hospital */
        get: operations["list-recalls"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/recalls/worklist": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Recalled devices, unit by unit, with what was done about each */
        get: operations["list-recall-work"];
        put?: never;
        /** Say what was done about recalled devices */
        post: operations["answer-recalls"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reconciliation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The maintenance system's list beside the network
         * @description What is on the wire but not on the list, on the list but silent for thirty days, and where both disagree; and by unit how many devices there are in all, judged by how far the two overlap (Chapman), with its 95 % interval.
         */
        get: operations["reconcile-inventory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reconciliation/differences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Attributes about which the list and the network do not say the same */
        get: operations["list-differences"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reconciliation/{side}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Devices that only the wire or only the list shows */
        get: operations["list-unmatched"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/release-places": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what of a message may leave, and in which forms
         * @description Fields of HL7 v2 and elements of FHIR R4 resources. What is not listed stays here; of HL7 v2 any field may also be a pseudonym, a moved time or its year.
         */
        get: operations["list-release-places"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/released": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what was released, with method and risk, newest first */
        get: operations["list-released"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/released/{id}/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The file of a release; who takes it is on record */
        get: operations["take-release"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/releases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what is given to analytics, for whom and for what */
        get: operations["list-releases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/releases/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One definition of a release */
        get: operations["get-release"];
        /** Define a release or change it; then a second person must agree again */
        put: operations["put-release"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/releases/{name}/agree": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Agree, as the second person, to a release as it is defined */
        post: operations["agree-release"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/releases/{name}/forget-key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Destroy the key of a release's pseudonyms: nobody can link them any more */
        post: operations["forget-release-key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/releases/{name}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a release, or measure its risk first
         * @description A dry run answers with the risk and keeps no file. A release runs as a job; its record has the method, what was left out, and the smallest group.
         */
        post: operations["run-release"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/replays": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List requests to send messages again */
        get: operations["list-replays"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/replays/{id}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Agree, as the second person, that messages are sent again */
        post: operations["approve-replay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Which role may do what */
        get: operations["list-roles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sensors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List remote sensors with how they do */
        get: operations["list-sensors"];
        put?: never;
        /**
         * Make a token that lets one sensor in once
         * @description The token is shown once. It names the hub, its fingerprint and a secret; only a hash of the secret is kept. A name that exists is enrolled anew: the machine that held it is cut off once the new one comes.
         */
        post: operations["enrol-sensor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sensors/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One remote sensor */
        get: operations["get-sensor"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sensors/{name}/coverage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a sensor saw over a time, by VLAN, and of what it knows nothing */
        get: operations["get-sensor-coverage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sensors/{name}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Shut a sensor out at once
         * @description What it told stays.
         */
        post: operations["revoke-sensor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in */
        get: operations["get-session"];
        put?: never;
        /**
         * Sign in
         * @description Answers 401 with code second-factor-required when a code is needed; send the same again with the code.
         */
        post: operations["open-session"];
        /** Sign out */
        delete: operations["close-session"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Choose a new password */
        put: operations["change-password"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/second-factor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Prove the second factor */
        put: operations["prove-second-factor"];
        /**
         * Make a second factor
         * @description It counts once a code of it was sent back. Whoever has one sends a code of that in the header Second-Factor.
         */
        post: operations["begin-second-factor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** First steps, and which are done */
        get: operations["get-setup"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shadow-channels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List listeners that sensors overhear, as the channels that they could become
         * @description Bedrail is in nobody's path here: what passes is checked in memory and let go. Only counts, codes and places are kept.
         */
        get: operations["list-shadow-channels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shadow-channels/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One overheard listener with its conversations, and what Bedrail would do */
        get: operations["get-shadow-channel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shadow-channels/{id}/adopt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Draft the channel that takes an overheard listener over, paused
         * @description The draft passes everything on to the receiver of today, and gives its answer back where the protocol allows it.
         */
        post: operations["adopt-shadow-channel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stewardship": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List feeds with who answers for them, what they are for, how long they are kept and how good they must be; those that lack most first
         * @description filter=lacks:steward names feeds nobody answers for.
         */
        get: operations["list-stewardship"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stewardship/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Say who answers for a feed, what it is for and how long it is kept */
        put: operations["set-stewardship"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The hospital on one page
         * @description Numbers cover what the asker may see.
         */
        get: operations["get-summary"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/system": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How Bedrail itself is doing */
        get: operations["get-system"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/targets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who outside of Bedrail is told of notices */
        get: operations["list-targets"];
        put?: never;
        /**
         * Tell somebody of notices from now on
         * @description Of a webhook the answer holds the secret that its posts are signed with, as Standard Webhooks says; it is shown once.
         */
        post: operations["create-target"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/targets/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One target */
        get: operations["get-target"];
        /** Change a target */
        put: operations["change-target"];
        post?: never;
        /** Forget a target and what waits for it */
        delete: operations["remove-target"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/targets/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a webhook a new secret
         * @description For a day posts are signed with the old one as well. The answer holds the new one, once.
         */
        post: operations["rotate-target"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/targets/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a notice of no meaning now, past the queue */
        post: operations["test-target"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List API tokens */
        get: operations["list-tokens"];
        put?: never;
        /**
         * Make an API token
         * @description The answer holds the secret, which is kept nowhere.
         */
        post: operations["create-token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke an API token */
        delete: operations["revoke-token"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/unidentified": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Devices of which it is not known what they are, with guesses
         * @description Those with the most look-alikes first. A guess is a question to a person and never evidence; its reasons name what the device shows, and which known devices of the house show the same.
         */
        get: operations["list-unidentified"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List users */
        get: operations["list-users"];
        put?: never;
        /**
         * Add a user
         * @description The answer holds the one-time password, which is kept nowhere.
         */
        post: operations["create-user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One user */
        get: operations["get-user"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change a user */
        patch: operations["change-user"];
        trace?: never;
    };
    "/api/v1/views": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Saved views of lists: one's own, and those that are shared */
        get: operations["list-views"];
        put?: never;
        /**
         * Keep a view of a list
         * @description One of the same name and list is replaced.
         */
        post: operations["save-view"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/views/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Forget a view */
        delete: operations["remove-view"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/views/{id}/default": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Open the list with this view, or no more */
        put: operations["set-default-view"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/work-orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask the maintenance system that something is done about devices
         * @description One message for each device, by the same channel as corrections. The same order for the same device is sent once a day.
         */
        post: operations["send-work-orders"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/written-back": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Corrections and work orders that the maintenance system was told
         * @description Newest first, with where each message stands.
         */
        get: operations["list-written-back"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Account: {
            disclosures: components["schemas"]["Disclosure"][];
            /** Format: date-time */
            from: string;
            /** Format: date-time */
            made: string;
            madeBy: string;
            /** Format: int64 */
            messages: number;
            recipients: components["schemas"]["Recipient"][];
            truncated?: boolean;
            /** Format: date-time */
            until: string;
        };
        AccountSpec: {
            /**
             * Format: date-time
             * @description Six years back, when left out
             */
            from?: string;
            /** @description An identifier of the patient, as messages carry it */
            patient: string;
            /** @description Why this is asked; it is on record */
            purpose: string;
            /** Format: date-time */
            until?: string;
        };
        AddressHeld: {
            by: string;
            /** Format: date-time */
            from: string;
            ip: string;
            /** Format: date-time */
            until: string;
        };
        "Adopt-shadow-channelRequest": {
            /** @description Only say what would be made */
            dryRun?: boolean;
            /** @description Where Bedrail will listen; left out, the overheard port on every address */
            listen?: string;
            /** @description Of the channel */
            name?: string;
            /** @description Where the receiver of today will be found; left out, where it is */
            receiver?: string;
        };
        Adopted: {
            /** Format: date-time */
            at: string;
            by: string;
            channel: string;
            /** @description Peers that still spoke past the channel after it was drafted */
            direct: string[];
            /** @description Of the channel: paused, running, draining; gone when it was deleted */
            state: string;
            /** @description Peers that speak to the channel */
            through: string[];
        };
        Advice: {
            code: string;
            mend: string;
            peer?: string;
            text: string;
        };
        AdvisoryDetail: {
            aliases: string[];
            /** Format: date-time */
            asOf: string;
            containment: components["schemas"]["Containment"];
            controls: components["schemas"]["ControlStatus"][];
            /** Format: float */
            epss: number | null;
            exposed: components["schemas"]["Exposure"][];
            findings: components["schemas"]["Finding"][];
            fixed: string[];
            flows: components["schemas"]["Inbound"][];
            /** Format: int64 */
            flowsLeft: number;
            kev: boolean;
            /** @description When it is mended, and who has to act */
            mending: components["schemas"]["Mending"];
            owners: string[];
            ranking: components["schemas"]["Ranking"];
            statements: components["schemas"]["AdvisorySummary"][];
            title: string;
            vulnerability: string;
        };
        AdvisorySummary: {
            aliases: string[];
            disputed: boolean;
            feed: string;
            id: string;
            modified?: string;
            published?: string;
            references: string[];
            remedies: components["schemas"]["Remedy"][];
            scores: components["schemas"]["Score"][];
            source: string;
            title: string;
        };
        AgreeInputBody: {
            agree: boolean;
            note?: string;
            /** @enum {string} */
            party: "it" | "clinical-engineering" | "unit";
        };
        Alert: {
            /** @description Who acknowledged it */
            by?: string;
            channel: string;
            /** Format: int64 */
            count: number;
            device?: string;
            /** Format: date-time */
            ended?: string;
            /** @description Both sides of a doubt about an identity */
            evidence?: components["schemas"]["Sighting"][];
            /** Format: date-time */
            first: string;
            id: string;
            kind: string;
            /** Format: date-time */
            last: string;
            /** @description What to do */
            mend?: string;
            /** @description The last few that show it */
            messages: string[];
            name: string;
            reason?: string;
            series?: string;
            /** @description It was only overheard: no channel carries it */
            shadow: boolean;
            site?: string;
            /** @enum {string} */
            state: "open" | "acknowledged" | "ended";
            /** @description What is wrong; never of a patient */
            text: string;
            unit?: string;
        };
        Answer: {
            id: string;
            /** Format: int64 */
            line?: number;
            note?: string;
            value: string;
            was?: string;
        };
        "Answer-quality-alertRequest": {
            reason: string;
            /** @enum {string} */
            state: "acknowledged" | "ended";
        };
        AnswerInputBody: {
            /** @description class, manufacturer, model, serialNumber, softwareVersion, operatingSystem */
            corrections: {
                [key: string]: string;
            };
            /** @description Say which devices that would change, and change nothing */
            preview?: boolean;
            /** @description And so are the others of the queue that look the same */
            similar?: boolean;
        };
        AnswerSpec: {
            /** @description Who said what */
            note: string;
            /** @description Who waits for its answer from now on */
            owner?: string;
            /**
             * @description told: a person told it; excepted: nobody waits for it, for the reason in note
             * @enum {string}
             */
            state?: "told" | "acknowledged" | "refused" | "excepted";
        };
        Answered: {
            applied: boolean;
            devices: components["schemas"]["Named"][];
            id?: string;
        };
        ApiListChannel: {
            items: components["schemas"]["ShadowChannel"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ApiListSummary: {
            items: components["schemas"]["SbomSummary"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ApiNamed: {
            identifiers: string[];
        };
        ApiTarget: {
            /** @description Webhook: the URL. Syslog: host:port. Email: host:port of the mail server */
            address: string;
            /** @description Certificates in PEM that the other side must come from; empty is those of this machine */
            ca?: string;
            /** Format: date-time */
            changedAt: string;
            changedBy: string;
            /**
             * Format: int64
             * @description Letters that could not be delivered
             */
            dead: number;
            /**
             * @description Gather notices into one letter; only by email
             * @enum {string}
             */
            digest: "at-once" | "daily" | "weekly";
            /**
             * @description Of syslog: cef or ocsf, or atna for an audit repository, which gets the audit record as DICOM audit messages instead of notices
             * @enum {string}
             */
            format?: "cef" | "ocsf" | "atna";
            /** @description Of email: the sender */
            from?: string;
            /**
             * Format: int64
             * @description When a digest goes out, in the time zone of the server; weekly ones go on Monday
             */
            hour: number;
            id: string;
            /** @description Kinds of notices, for example exposure.new or exposure.*; empty is all */
            kinds: string[];
            /** @description Of the oldest letter that still waits */
            lastError?: string;
            /** Format: date-time */
            lastSent?: string;
            /**
             * @description The least level
             * @enum {string}
             */
            level: "info" | "warning" | "urgent";
            name: string;
            /** @description Off: nothing is sent, and nothing is kept for later */
            on: boolean;
            /** @description Of atna: name patients by their identifiers; else by pseudonyms */
            patients?: boolean;
            /**
             * @description Of email: starttls, tls, or none for a relay on this very machine
             * @enum {string}
             */
            security?: "starttls" | "tls" | "none";
            /** @description What a webhook's receiver checks signatures with; shown once, after it was made */
            signingSecret?: string;
            /** @description Sites; notices of no site always count; empty is all */
            sites: string[];
            /** @description Of email: the receivers */
            to: string[];
            /** @description Of email: login name at the mail server */
            user?: string;
            /** Format: int64 */
            version: number;
            /**
             * Format: int64
             * @description Letters on their way
             */
            waiting: number;
            /** @enum {string} */
            way: "webhook" | "syslog" | "email";
        };
        Assessment: {
            /** Format: date-time */
            at: string;
            clauses: components["schemas"]["Clause"][];
            model: components["schemas"]["ModelKey"];
            policy: string;
            reasons: components["schemas"]["Reason"][];
            /** Format: int64 */
            score: number;
            summary: string;
            verdict: string;
        };
        Association: {
            ambiguous?: boolean;
            /** Format: date-time */
            at?: string;
            by?: string;
            /**
             * Format: double
             * @description 0 to 1: decides whether the match is ambiguous. It is not how often such a match is right
             */
            confidence: number;
            disagrees?: boolean;
            from: string;
            patient?: string;
            place?: components["schemas"]["ExchangePlace"];
            placed?: string;
            reason: string;
            /** Format: date-time */
            since?: string;
            source?: string;
            visit?: string;
            was?: string;
        };
        AssociationState: {
            /**
             * Format: int64
             * @description Links that ended and are still kept
             */
            earlier: number;
            /** @description A link of it is under legal hold */
            legalHold: boolean;
            /** @description Whether a patient has the device now, as far as is known */
            linked: boolean;
            /** Format: date-time */
            since?: string;
            source?: string;
            /**
             * Format: date-time
             * @description When the feed said it last
             */
            told?: string;
        };
        AuditActor: {
            id: string;
            kind: string;
            name?: string;
        };
        AuditCheckpoint: {
            /** Format: date-time */
            at: string;
            /** @description The signed note (C2SP tlog-checkpoint); keep it elsewhere to notice later what was altered */
            note: string;
            origin: string;
            root: string;
            /** Format: int64 */
            size: number;
        };
        AuditEntry: {
            /** Format: date-time */
            at: string;
            by: components["schemas"]["AuditActor"];
            did: string;
            note: string;
            personal?: {
                [key: string]: string;
            };
            /** Format: int64 */
            seq: number;
            to: string;
        };
        AuditKey: {
            /** @description NAME+HASH+KEY, an Ed25519 key as signed notes write it (C2SP signed-note). Whoever checks proofs has it from elsewhere than the proofs */
            key: string;
        };
        AuditReport: {
            /** Format: int64 */
            checkpoints: number;
            /** Format: int64 */
            entries: number;
            problems: components["schemas"]["Flaw"][];
            root: string;
            valid: boolean;
            /** Format: int64 */
            witnessed?: number;
        };
        Author: {
            id: string;
            name: string;
        };
        BackupFile: {
            /** Format: int64 */
            bytes: number;
            /** Format: date-time */
            madeAt: string;
            name: string;
        };
        Backups: {
            /** @description How often the server makes one by itself; absent is never */
            every?: string;
            /** @description On the machine of the server */
            folder: string;
            items: components["schemas"]["BackupFile"][];
            /**
             * Format: int64
             * @description How many of them stay
             */
            keep: number;
            /** @description Folder of the keys, which are in no backup */
            keys: string;
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /** @description The folder is on the disk of the data: both are lost together */
            sameDisk: boolean;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        Behaviour: {
            changes: components["schemas"]["ProfileChange"][];
            frozen?: components["schemas"]["Profile"];
            now: components["schemas"]["Profile"];
        };
        Belonging: {
            device: string;
            id: string;
            /** @description Under legal hold: nothing forgets it */
            legalHold?: boolean;
            /** @description Number of the patient, as the feed names it; empty where it can no longer be read */
            patient: string;
            /** Format: date-time */
            since?: string;
            /** @description File or feed that said so */
            source: string;
            /**
             * Format: date-time
             * @description When the feed said it last
             */
            told: string;
            /**
             * Format: date-time
             * @description Absent while it lasts
             */
            until?: string;
        };
        Bill: {
            author?: string;
            components: components["schemas"]["Component"][];
            digest: string;
            format: string;
            id: string;
            /** Format: date-time */
            importedAt?: string;
            /** Format: date-time */
            made?: string;
            model: components["schemas"]["ModelKey"];
            name: string;
            quality: components["schemas"]["Quality"];
            /** Format: date-time */
            replacedAt?: string;
            serialNumber?: string;
            specVersion: string;
            warnings?: string[];
        };
        BillKnown: {
            /** Format: int64 */
            components: number;
            digest: string;
            id: string;
            /** Format: date-time */
            importedAt: string;
            model: components["schemas"]["ModelKey"];
            replaced: boolean;
        };
        Bound: {
            demand: string;
            /** Format: int64 */
            most: number;
        };
        Brief: {
            /** Format: double */
            confidence: number;
            status: string;
            value: string;
        };
        Bucket: {
            /** Format: int64 */
            clocked: number;
            /** Format: int64 */
            compared: number;
            /** Format: int64 */
            drifted: number;
            /** Format: int64 */
            duplicates: number;
            /** Format: date-time */
            hour: string;
            /** Format: int64 */
            implausible: number;
            /** Format: int64 */
            incomplete: number;
            /** Format: int64 */
            minutes: number;
            /** Format: int64 */
            received: number;
            /** Format: int64 */
            rejected: number;
            /** Format: int64 */
            silent: number;
            /** Format: int64 */
            skewed: number;
            /** Format: int64 */
            stuck: number;
            /** Format: int64 */
            units: number;
        };
        Budget: {
            /** Format: int64 */
            all: number;
            /** Format: int64 */
            bad: number;
            /** Format: int64 */
            days: number;
            /**
             * Format: double
             * @description Share that was good; 1 when there was nothing
             */
            good: number;
            indicator: string;
            /** Format: double */
            left: number;
            objective: string;
            /** @enum {string} */
            state: "kept" | "burning" | "spent" | "none";
            /** Format: double */
            target: number;
        };
        BulkAnswer: {
            /** @description Its result is the report, whose id undoes it */
            job?: components["schemas"]["Job"];
            report?: components["schemas"]["BulkReport"];
        };
        BulkBefore: {
            after: components["schemas"]["Fingerprint"];
            device: string;
            location?: string;
            tags?: string[];
        };
        BulkInputBody: {
            addTags?: string[];
            /** @description Say what would change, and change nothing */
            dryRun?: boolean;
            /** @description Or all that match; empty is every device */
            filter?: string;
            /** @description These devices */
            ids?: string[];
            /** @description Empty takes the person's word back; without a site each device keeps its own */
            location?: components["schemas"]["SpotInput"];
            removeTags?: string[];
        };
        BulkPart: {
            before: components["schemas"]["BulkBefore"];
            /** @description The change of many */
            id: string;
            stands: boolean;
        };
        BulkRefusal: {
            /** Format: int64 */
            devices: number;
            /** @description Name of one of them */
            example: string;
            /** @description In English */
            reason: string;
            /** @description The same by its code, where it has one */
            why: components["schemas"]["Saying"];
        };
        BulkReport: {
            /**
             * Format: int64
             * @description Of them, those that become different
             */
            changing: number;
            dryRun: boolean;
            /** @description Of the change, by which it is undone */
            id?: string;
            /**
             * Format: int64
             * @description Devices that were chosen
             */
            matching: number;
            /** @description Of them, those that stay as they are, with the reason */
            refused: components["schemas"]["BulkRefusal"][];
            /**
             * Format: int64
             * @description Of them, those that are so already
             */
            same: number;
        };
        BusStatus: {
            /**
             * Format: int64
             * @description Published and not yet in the record
             */
            pending: number;
            /** @enum {string} */
            state: "ok" | "off" | "behind" | "down";
        };
        Calendar: {
            /** Format: date-time */
            at: string;
            by: string;
            id: string;
            name: string;
            site: string;
            unit: string;
        };
        CalendarInputBody: {
            name?: string;
            site?: string;
            /** @description Empty is every unit */
            unit?: string;
        };
        CalendarMade: {
            /** Format: date-time */
            at: string;
            by: string;
            id: string;
            name: string;
            /** @description Below the address of the server; whoever has it sees the plan */
            path: string;
            site: string;
            unit: string;
        };
        CaptureStatus: {
            /**
             * Format: int64
             * @description Packets that were on the wire and not seen
             */
            dropped: number;
            error?: string;
            /** Format: int64 */
            packets: number;
            /** Format: date-time */
            since?: string;
            /** @description Interface, listener or file */
            source: string;
        };
        Care: {
            assumed: boolean;
            role: string;
            why: string;
        };
        Change: {
            from: string;
            input: string;
            to: string;
            urgency: string;
        };
        Changed: {
            /** Format: int64 */
            changed: number;
        };
        Channel: {
            /** @description Why the definition cannot be used */
            broken?: string;
            /** Format: date-time */
            changedAt?: string;
            changedBy?: string;
            /** @description As a person wrote it; see the manual */
            definition: unknown;
            destinations: components["schemas"]["OutletStatus"][];
            /** @description Whether this process runs it; a command beside a server knows only what is kept */
            live: boolean;
            name: string;
            /**
             * @description A channel of the configuration is changed in its file
             * @enum {string}
             */
            origin: "configuration" | "person";
            source: components["schemas"]["SourceStatus"];
            sourceKind: string;
            /** @enum {string} */
            state: "running" | "paused" | "draining";
            /** Format: int64 */
            version: number;
        };
        ChannelDraft: {
            /** @description Where the problem is */
            at?: string;
            /** @description As far as it can be read */
            definition?: unknown;
            problem?: string;
            /** @description The same, as a file holds it */
            yaml: string;
        };
        ChannelDraftInput: {
            /** @description Instead of text */
            definition?: {
                [key: string]: unknown;
            };
            /** @description YAML or JSON */
            text?: string;
        };
        ChannelImport: {
            channels: components["schemas"]["MovedChannel"][];
        };
        ChannelKind: {
            about: string;
            example: string;
            /** @description What it gives or can carry; none is anything */
            formats?: string[];
            name: string;
        };
        ChannelKinds: {
            destinations: components["schemas"]["ChannelKind"][];
            sources: components["schemas"]["ChannelKind"][];
        };
        ChooseInputBody: {
            /** @enum {string} */
            choice: "approved" | "declined" | "closed";
            reason?: string;
        };
        Clause: {
            name: string;
            rules: string[];
            text: string;
        };
        "Close-data-recallRequest": {
            reason: string;
        };
        Column: {
            /** @enum {string} */
            as: "pseudonym" | "code" | "number" | "shift" | "year" | "age" | "postcode";
            /** @description Place in the message, such as PID-8 or Observation.code; several with | between them: the first that says something counts */
            from: string;
            name: string;
        };
        ColumnMapping: {
            /** Format: date-time */
            at: string;
            by: string;
            /** @description Heading to field; - leaves a column out */
            fields: {
                [key: string]: string;
            };
            /** @description Of the file that it was made for */
            headings: string[];
            id: string;
            kind: string;
            name: string;
        };
        Columns: {
            columns: components["schemas"]["HeadedColumn"][];
            /** @description What a column can hold */
            fields: string[];
            kind: string;
            /**
             * Format: int64
             * @description Where the headings stand
             */
            line: number;
            saved?: components["schemas"]["ColumnMapping"];
        };
        Component: {
            cpe: string;
            dependsOn?: number[];
            endOfSupport?: string;
            name: string;
            /** Format: int64 */
            parent: number;
            purl: string;
            ref: string;
            supplier?: string;
            support?: string;
            type?: string;
            version: string;
        };
        ComponentLife: {
            ends?: string;
            /** @enum {string} */
            from: "record" | "bill" | "public" | "nobody";
            name: string;
            reason: string;
            state: string;
            version: string;
        };
        ComponentName: {
            name: string;
            purl: string;
            version: string;
        };
        ComponentRecord: {
            /** Format: date-time */
            at?: string;
            by?: string;
            declared?: string;
            endOfLife?: string;
            endOfSupport?: string;
            name: string;
            note?: string;
            /** Format: int64 */
            rev: number;
            source?: string;
            version?: string;
        };
        ComponentSaveInputBody: {
            /**
             * @description What is said, where no days are
             * @enum {string}
             */
            declared?: "unknown" | "development" | "support" | "limited-support" | "end-of-support";
            /** @description From then on support is limited */
            endOfLife?: string;
            /** @description From then on there is none */
            endOfSupport?: string;
            name: string;
            note?: string;
            /**
             * Format: int64
             * @description That you saw; 0 when there was no record
             */
            rev: number;
            /** @description Who says so */
            source?: string;
            /** @description Of the component; empty is every one */
            version?: string;
        };
        ComponentStanding: {
            /** Format: int64 */
            devices: number;
            ends?: string;
            /**
             * @description Who says so
             * @enum {string}
             */
            from: "record" | "bill" | "public" | "nobody";
            id: string;
            /** Format: int64 */
            inModels: number;
            models: string[];
            name: string;
            purl?: string;
            reason: string;
            recorded: boolean;
            state: string;
            version: string;
        };
        Conduit: {
            breaks: components["schemas"]["Inbound"][];
            care: boolean;
            devices: string[];
            from: string;
            outside: boolean;
            peers: string[];
            /** Format: int32 */
            port: number;
            protocol: string;
            rules: components["schemas"]["Rules"];
            to: string;
            transport: string;
        };
        Connection: {
            /** Format: date-time */
            lastAt?: string;
            /** Format: int64 */
            messages: number;
            peer: components["schemas"]["ExchangePeer"];
            /** Format: date-time */
            since: string;
            state: string;
        };
        Consent: {
            agree: boolean;
            /** Format: date-time */
            at: string;
            by: string;
            note?: string;
            party: string;
        };
        Containment: {
            conduits: components["schemas"]["Conduit"][];
            /** Format: int64 */
            quiet: number;
            rules: components["schemas"]["Rules"];
            services: components["schemas"]["Service"][];
            /** Format: int64 */
            unseen: number;
        };
        Contradiction: {
            against: string;
            /** Format: int64 */
            devices: number;
            evidence: string[];
            /** Format: date-time */
            gone?: string;
            id: string;
            /** Format: date-time */
            last?: string;
            manufacturer: string;
            model: string;
            owner?: string;
            rule: string;
            says: string;
            severity: string;
            /** Format: date-time */
            since?: string;
            state?: string;
            text: string;
            version?: string;
        };
        ControlBody: {
            /** @description Addresses and networks that may still reach them */
            allow?: string[];
            /**
             * Format: int64
             * @description For so long nothing must have got through before the control is believed
             */
            days: number;
            /** Format: date-time */
            expires: string;
            model: components["schemas"]["ModelKey"];
            note?: string;
            owner: string;
            /** @description That are closed; none is every one */
            services?: components["schemas"]["Service"][];
            /**
             * Format: date-time
             * @description In force from; now when absent
             */
            since?: string;
            vulnerability: string;
        };
        ControlStatus: {
            against: components["schemas"]["Inbound"][];
            allow: string[];
            by: string;
            /** Format: int64 */
            days: number;
            /** Format: int64 */
            devices: number;
            /** Format: date-time */
            expires: string;
            id: string;
            model: components["schemas"]["ModelKey"];
            note: string;
            owner: string;
            reason: string;
            /** Format: date-time */
            retiredAt?: string;
            services: components["schemas"]["Service"][];
            /** Format: date-time */
            since: string;
            state: string;
            vulnerability: string;
        };
        Conversation: {
            /** Format: double */
            answerLongestSeconds: number;
            /**
             * Format: double
             * @description Half of the answers came within this; 0 is none
             */
            answerP50Seconds: number;
            /** Format: double */
            answerP95Seconds: number;
            /** Format: int64 */
            answered: number;
            answers: {
                [key: string]: number;
            };
            /** Format: int64 */
            bytes: number;
            /**
             * Format: int64
             * @description Messages that were checked and in which nothing was found
             */
            clean: number;
            client: string;
            device?: string;
            devices: components["schemas"]["ShadowBound"][];
            /** Format: int64 */
            duplicates: number;
            /**
             * Format: int64
             * @description Connections that could not be looked into
             */
            encrypted: number;
            /**
             * Format: int64
             * @description Messages with an error
             */
            faulty: number;
            /** Format: date-time */
            first: string;
            /**
             * Format: int64
             * @description Connections given up for want of memory
             */
            givenUp: number;
            id: string;
            /** @description What is wrong, by rule and place; never a value */
            issues: components["schemas"]["OverheardIssue"][];
            kinds: components["schemas"]["OverheardKind"][];
            /** Format: date-time */
            last: string;
            /** Format: int64 */
            messages: number;
            /** @description How its peers write and ask, as far as a channel must know */
            quirks: {
                [key: string]: number;
            };
            reasons?: string[];
            receiver: string;
            /**
             * Format: int64
             * @description Messages with warnings only
             */
            remarked: number;
            /**
             * Format: int64
             * @description Control ids that came again with other content
             */
            reused: number;
            sender: string;
            /** @description Messages by the trust in who sent them, as the inventory stands now */
            trust: {
                [key: string]: number;
            };
            /** Format: int64 */
            unanswered: number;
            /**
             * Format: int64
             * @description Messages that were counted and not looked into
             */
            unchecked: number;
            /**
             * Format: int64
             * @description Answers that belong to nothing that was heard
             */
            unmatched: number;
            would: components["schemas"]["Would"];
        };
        CorrectReport: {
            /** Format: int64 */
            certain: number;
            changed: string[];
            /** Format: int64 */
            looked: number;
            /** Format: int64 */
            requeued: number;
        };
        CorrectSpec: {
            device?: string;
            dryRun?: boolean;
            /** Format: date-time */
            from?: string;
            ids?: string[];
            patient?: string;
            reason: string;
            /** Format: date-time */
            until?: string;
        };
        Correction: {
            assetTag: string;
            bedrailSays: string;
            class: string;
            device: string;
            /** @description Capture and packet */
            evidence: string;
            field: string;
            /** @description The same for the same device, attribute and value: a receiver that knows it has the correction */
            key: string;
            /** @description Empty is nothing */
            listSays: string;
            manufacturer: string;
            message?: string;
            model: string;
            name: string;
            /** Format: date-time */
            seen?: string;
            /** Format: date-time */
            sentAt?: string;
            sentBy?: string;
            serialNumber: string;
            site: string;
            /** @description Of the strongest evidence that is not the list itself; person is a correction */
            source: string;
            /** @description open, or where its message stands: pending, held, delivered, dead, gone */
            state: string;
            status: string;
            unit: string;
        };
        Counts: {
            byClass: components["schemas"]["Tally"][];
            byStatus: components["schemas"]["Tally"][];
            location: components["schemas"]["CountsLocationStruct"];
            /** Format: int64 */
            total: number;
        };
        CountsLocationStruct: {
            /** Format: int64 */
            bed: number;
            /** Format: int64 */
            stale: number;
            /** Format: int64 */
            unit: number;
            /** Format: int64 */
            unknown: number;
        };
        Coverage: {
            /** Format: double */
            atLeast?: number;
            /** Format: int64 */
            both: number;
            /** @description Why nothing can be told: few-in-both, one-sided */
            doubt?: string;
            /** Format: double */
            estimate?: number;
            /** Format: double */
            high?: number;
            /** Format: int64 */
            known: number;
            /** Format: int64 */
            list: number;
            /** Format: double */
            low?: number;
            site?: string;
            sources: components["schemas"]["SourceShare"][];
            unit?: string;
            /** Format: int32 */
            vlan?: number;
            /** Format: int64 */
            wire: number;
        };
        CoverageReport: {
            total: components["schemas"]["Coverage"];
            units: components["schemas"]["Coverage"][];
            vlans: components["schemas"]["Coverage"][];
        };
        Credentials: {
            /** @description Code of the second factor, where one is set */
            code?: string;
            password: string;
            username: string;
        };
        DecideBody: {
            /**
             * Format: date-time
             * @description When it is to be looked at again
             */
            expires?: string;
            /** @description In place of identifiers */
            filter?: string;
            ids?: string[];
            /** @description A word of VEX, for example vulnerable_code_not_present */
            justification?: string;
            note?: string;
            /** @description Who looks after it */
            owner?: string;
            preview?: boolean;
            /** @description A vector of CVSS 3 with the answers of the rubric for medical devices, for example CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/XIT:H/XAT:N */
            rubric?: string;
            /** @enum {string} */
            state: "not-affected" | "fixed" | "affected" | "investigating" | "accepted" | "mitigated";
        };
        Decision: {
            /** Format: date-time */
            at: string;
            authority: string;
            component?: string;
            /** Format: date-time */
            expires?: string;
            id: string;
            justification: string;
            model: components["schemas"]["ModelKey"];
            note: string;
            owner: string;
            purl: string;
            rubric?: string;
            source: string;
            state: string;
            vulnerability: string;
        };
        DecisionEffect: {
            /** Format: int64 */
            devices: number;
            from: string;
            id: string;
            model: components["schemas"]["ModelKey"];
            overruled: boolean;
            to: string;
            vulnerability: string;
        };
        DecisionOutcome: {
            applied: boolean;
            items: components["schemas"]["DecisionEffect"][];
        };
        Delivery: {
            /** Format: int64 */
            attempts: number;
            channel: string;
            code?: string;
            destination: string;
            /** Format: date-time */
            doneAt?: string;
            mapping?: string;
            message: string;
            /** Format: date-time */
            nextAt?: string;
            note?: string;
            /** Format: date-time */
            queuedAt: string;
            /** Format: int64 */
            round: number;
            share?: components["schemas"]["Share"];
            state: string;
        };
        DeliveryContent: {
            answer?: string;
            destination: string;
            /** @description When it is not what came */
            sent?: string;
            sentType?: string;
        };
        Demo: {
            /** @description In what the inventory of record differs from the wire, and how often */
            disagreements: components["schemas"]["DemoDisagreement"][];
            /** @description What is being brought in now */
            doing?: string;
            /** Format: int64 */
            done: number;
            events: components["schemas"]["DemoEvent"][];
            /** @enum {string} */
            state: "starting" | "filling" | "complete";
            /** Format: int64 */
            steps: number;
        };
        DemoDisagreement: {
            /** Format: int64 */
            count: number;
            /** @enum {string} */
            kind: "unregistered" | "wrong-unit" | "no-version" | "absent" | "mistyped-serial" | "renamed" | "twice";
            text: string;
        };
        DemoEvent: {
            /** @description What will happen */
            about: string;
            /**
             * Format: date-time
             * @description When it was let happen
             */
            at?: string;
            /** @description Names and places that the words speak of */
            facts: {
                [key: string]: string;
            };
            /** @description Screens on which its effect is seen */
            links: components["schemas"]["DemoLink"][];
            /** @enum {string} */
            name: "advisory" | "move" | "spoof" | "silence" | "vendor";
            /** @description Whether it can happen now */
            ready: boolean;
            /** @description What Bedrail makes of it */
            shows: string;
            title: string;
        };
        DemoLink: {
            href: string;
            /** @enum {string} */
            name: "finding" | "devices" | "device" | "timeline" | "conversations" | "behaviour" | "reconciliation" | "conflicts" | "quiet";
        };
        DeskView: {
            /**
             * Format: date-time
             * @description When it was last changed
             */
            at: string;
            /** @description The asker opens the list with it */
            default: boolean;
            id: string;
            /** @description Name of the list, for example devices */
            list: string;
            /** @description The asker made it */
            mine: boolean;
            name: string;
            /** @description Login name of whoever made it */
            owner: string;
            /** @description Query part of the address: filter, sort, cols */
            search: string;
            /** @description Everybody sees it */
            shared: boolean;
        };
        DestinationLedger: {
            balanced: boolean;
            /** Format: int64 */
            dead: number;
            /** Format: int64 */
            delivered: number;
            /** Format: int64 */
            expected: number;
            /** Format: int64 */
            filtered: number;
            /** Format: int64 */
            held: number;
            name: string;
            /** Format: int64 */
            queued: number;
        };
        Detail: {
            detail: string;
            /** @description Where, for example query.limit or /tags/0 */
            pointer: string;
        };
        Deviation: {
            /** Format: date-time */
            at: string;
            by: string;
            expires: string;
            reason: string;
            rule: string;
        };
        DeviationInputBody: {
            expires: string;
            reason: string;
            rule: string;
        };
        DeviceClaim: {
            aeTitle?: string;
            eui64?: string;
            /** @description Where the message says so */
            location?: string;
            manufacturer?: string;
            model?: string;
            name?: string;
            serialNumber?: string;
            softwareVersion?: string;
            udi?: string;
        };
        DeviceExposure: {
            component: components["schemas"]["ComponentName"];
            finding: string;
            fixed: string[];
            kev: boolean;
            reason: string;
            /** Format: double */
            score: number;
            severity: string;
            sources: string[];
            status: string;
            title: string;
            vulnerability: string;
        };
        DeviceExposures: {
            endOfLife?: components["schemas"]["EndOfLife"];
            items: components["schemas"]["DeviceExposure"][];
            recalls: components["schemas"]["Recall"][];
        };
        DeviceOf: {
            device: string;
            /** Format: date-time */
            since?: string;
            source: string;
            /**
             * Format: date-time
             * @description When the feed said it last
             */
            told: string;
            /**
             * Format: date-time
             * @description Absent while it lasts
             */
            until?: string;
        };
        DevicePatchBody: {
            assetTag?: string;
            /** @description class, manufacturer, model, serialNumber, softwareVersion, operatingSystem; empty takes a correction back */
            corrections?: {
                [key: string]: string | null;
            };
            /** @description Empty takes the person's word back */
            location?: components["schemas"]["SpotInput"];
            tags?: string[];
        };
        DeviceThen: {
            assetTag?: string;
            bed: string;
            building?: string;
            class: string;
            /**
             * Format: date-time
             * @description When anything spoke of it first, records included
             */
            firstSeen: string;
            floor?: string;
            id: string;
            manufacturer: string;
            model: string;
            name: string;
            operatingSystem: string;
            room: string;
            serialNumber: string;
            /** Format: date-time */
            since: string;
            site: string;
            softwareVersion: string;
            unit: string;
            /** Format: date-time */
            until?: string;
        };
        DeviceView: {
            /**
             * Format: ip
             * @description The address that it has now, as far as is known
             */
            address?: string;
            /** @description All that it had */
            addresses: string[];
            assetTag: string;
            attachment: components["schemas"]["Value"];
            /** @description Device through which this one was seen, or empty */
            behind: string;
            class: components["schemas"]["Value"];
            conflicts: components["schemas"]["Disagreement"][];
            /** @description The place that the maintenance list names, where the device is believed to stand in another; the believed one comes first */
            elsewhere?: components["schemas"]["Disagreement"];
            exposure: components["schemas"]["Exposed"];
            /**
             * Format: date-time
             * @description When the network heard it first. Absent when it never did
             */
            firstSeen?: string;
            /** @description Addresses, and when each was the device's own */
            held: components["schemas"]["AddressHeld"][];
            hostnames: string[];
            id: string;
            /**
             * Format: date-time
             * @description When anything spoke of it first, records included
             */
            knownSince?: string;
            /**
             * Format: date-time
             * @description When the network heard it last. Absent when it never did: the word of a list or of a vendor's cloud is no sighting
             */
            lastSeen?: string;
            location: components["schemas"]["PlacedAt"];
            /** @description What says where it stands, the one that is believed first */
            locationEvidence?: components["schemas"]["Evidence"][];
            macs: string[];
            manufacturer: components["schemas"]["Value"];
            model: components["schemas"]["Value"];
            name: string;
            operatingSystem: components["schemas"]["Value"];
            posture: components["schemas"]["Weakness"][];
            protocols: string[];
            randomised: boolean;
            /** @description When records spoke of it last */
            reports?: components["schemas"]["Report"][];
            rhythm: components["schemas"]["Rhythm"];
            roles: string[];
            serialNumber: components["schemas"]["Value"];
            softwareVersion: components["schemas"]["Value"];
            state: string;
            /** @description Of the operating system, or of the model where no record knows the system */
            support: components["schemas"]["Support"];
            /** @description Operating systems, newest first */
            systems: components["schemas"]["VersionSeen"][];
            tags: string[];
            /** @description Addresses that were heard without its hardware address too, behind a router or in what others reported */
            unbound?: string[];
            /** Format: int64 */
            version: number;
            /** @description Of software, newest first */
            versions: components["schemas"]["VersionSeen"][];
        };
        DiffLine: {
            /** Format: int64 */
            new?: number;
            /** Format: int64 */
            old?: number;
            /** @enum {string} */
            op: "same" | "gone" | "new";
            text: string;
        };
        Difference: {
            assetTag: string;
            /** @description Empty where it is undecided */
            believed: string;
            device: string;
            field: string;
            /**
             * Format: date-time
             * @description When otherwise was said last
             */
            last?: string;
            listSays: string;
            name: string;
            /** @description What other evidence says, strongest first */
            others: string;
            site: string;
            /** @description Who says otherwise */
            sources: string;
            status: string;
            unit: string;
        };
        Disagreement: {
            attribute: string;
            values: components["schemas"]["Rival"][];
        };
        Disclosure: {
            /** Format: date-time */
            at: string;
            channel: string;
            /** @enum {string} */
            kind: "delivered" | "shown";
            masked?: boolean;
            message: string;
            purpose?: string;
            /** Format: int64 */
            seq: number;
            to: string;
            type: string;
            without?: string[];
        };
        DiskStatus: {
            /**
             * Format: int64
             * @description Bytes
             */
            free: number;
            /** @enum {string} */
            state: "ok" | "low" | "full" | "unknown";
            /**
             * Format: int64
             * @description Bytes
             */
            total: number;
        };
        Document: {
            /** Format: date-time */
            at: string;
            by: string;
            id: string;
            media: string;
            name: string;
            sealed: boolean;
            sha256: string;
            /** Format: int64 */
            size: number;
            subject: string;
        };
        Done: {
            /** Format: date-time */
            at: string;
            by: string;
            columns: components["schemas"]["Column"][];
            format: string;
            /** Format: date-time */
            from: string;
            id: string;
            job?: string;
            /** Format: int64 */
            messages: number;
            /** @description How who the patients are was taken out, in sentences */
            method: string[];
            name: string;
            purpose: string;
            /**
             * Format: int64
             * @description Messages that were called back or forgotten
             */
            recalled: number;
            recipient: string;
            risk: components["schemas"]["Risk"];
            /** Format: int64 */
            rows: number;
            sha256: string;
            /** Format: int64 */
            size: number;
            /**
             * Format: int64
             * @description Values that held a direct identifier of their message all the same; they were left empty
             */
            stopped: number;
            /**
             * Format: int64
             * @description Rows of groups that were too small
             */
            suppressed: number;
            /**
             * Format: int64
             * @description Messages that cannot be read, are large, or of a kind of which no field is named
             */
            unread: number;
            /** Format: date-time */
            until: string;
            /**
             * Format: int64
             * @description Of its definition
             */
            version: number;
        };
        Edge: {
            /** Format: int64 */
            bytesPerDay: number;
            /** Format: int64 */
            devices: number;
            encrypted: boolean;
            hours: number[];
            peer: string;
            /** Format: int64 */
            peers: number;
            /** Format: int32 */
            port: number;
            protocol?: string;
            role: string;
            transport: string;
        };
        Edition: {
            /** Format: int64 */
            components: number;
            current: boolean;
            digest: string;
            format: string;
            id: string;
            /** Format: date-time */
            importedAt: string;
            model: components["schemas"]["ModelKey"];
            name: string;
            /** Format: date-time */
            replacedAt?: string;
            replacedBy?: string;
            replaces?: string;
            /** Format: double */
            score: number;
            specVersion: string;
        };
        EndOfLife: {
            ends: string;
            over: boolean;
            product: string;
            reason: string;
            release: string;
            source?: string;
            status: string;
        };
        Ending: {
            device: string;
            ends?: string;
            manufacturer: string;
            model: string;
            name: string;
            of?: string;
            reason: string;
            site: string;
            unit: string;
        };
        Event: {
            /** @description What stands in the sentence */
            args?: {
                [key: string]: string;
            };
            /** Format: date-time */
            at: string;
            by?: string;
            /** @description Of the sentence, and stable. Absent from what was written before there were codes */
            code?: string;
            kind: string;
            /** @description The sentence in English */
            text: string;
        };
        Evidence: {
            capture?: string;
            /** Format: int64 */
            count: number;
            field: string;
            frame?: boolean;
            /** Format: date-time */
            lastSeen: string;
            /** @description Field as a sentence, where it is a phrase and no name of a standard */
            named?: components["schemas"]["Saying"];
            /**
             * Format: int64
             * @description The byte at which it stands: in the datagram or message, in the unpacked body where that was read, or in the whole frame where frame is true
             */
            offset?: number;
            /** Format: int64 */
            packet?: number;
            raw?: string;
            source: string;
            /** Format: date-time */
            time: string;
            value: string;
            /** Format: double */
            weight: number;
        };
        ExceptInputBody: {
            control: string;
            expires: string;
            reason: string;
        };
        Exception: {
            /** Format: date-time */
            at: string;
            by: string;
            control: string;
            expires: string;
            reason: string;
        };
        ExchangeIssue: {
            bytes: number[];
            code: string;
            location?: string;
            rule?: string;
            /** @enum {string} */
            severity: "fatal" | "error" | "warning" | "information";
            text: string;
        };
        ExchangePeer: {
            address?: string;
            aeTitle?: string;
            certificateHash?: string;
            certificateSubject?: string;
            clientId?: string;
            file?: string;
            mac?: string;
            tls?: string;
            user?: string;
        };
        ExchangePlace: {
            bed?: string;
            room?: string;
            unit?: string;
        };
        ExchangeTrial: {
            destinations: components["schemas"]["TrialProbe"][];
            passed: boolean;
            tests: components["schemas"]["TrialTest"][];
        };
        Exposed: {
            /** Format: int64 */
            affected: number;
            highest: string;
            /** Format: int64 */
            undecidable: number;
        };
        Exposure: {
            bed: string;
            care: components["schemas"]["Care"];
            id: string;
            /** Format: date-time */
            lastSeen?: string;
            name: string;
            precision: string;
            reached: components["schemas"]["Reached"];
            reason: string;
            room: string;
            site: string;
            status: string;
            unit: string;
        };
        Facet: {
            field: string;
            values: components["schemas"]["Tally"][];
        };
        Facets: {
            fields: components["schemas"]["Facet"][];
        };
        Factor: {
            /** @description The address as a code for the app to read */
            qr: components["schemas"]["QR"];
            /** @description To be typed into an authenticator app */
            secret: string;
            /** @description The same, to be shown as a picture */
            uri: string;
        };
        FactorCode: {
            code: string;
        };
        Fault: {
            place: string;
            text: string;
        };
        Feed: {
            etag?: string;
            /** Format: date-time */
            importedAt?: string;
            kind: string;
            name: string;
            /** Format: date-time */
            newest?: string;
            /** Format: int64 */
            records: number;
            source: string;
        };
        FeedProblem: {
            file: string;
            place?: string;
            text: string;
        };
        FeedSummary: {
            name: string;
            /** Format: date-time */
            newest?: string;
            /** Format: int64 */
            records: number;
        };
        Finding: {
            aliases: string[];
            also?: components["schemas"]["ComponentName"][];
            by: string;
            component: components["schemas"]["ComponentName"];
            /**
             * Format: double
             * @description 0 to 1: orders answers by how they were found. It is not how often such an answer is right
             */
            confidence: number;
            conflicts?: components["schemas"]["Decision"][];
            decision?: components["schemas"]["Decision"];
            /** Format: int64 */
            devices: number;
            /** Format: float */
            epss: number | null;
            /** Format: date-time */
            firstSeen?: string;
            fixed: string[];
            id: string;
            kev: boolean;
            /**
             * @description contradiction: two statements about the model cannot both hold
             * @enum {string}
             */
            kind: "weakness" | "contradiction";
            model: components["schemas"]["ModelKey"];
            /** Format: int64 */
            rank: number;
            ranking?: components["schemas"]["Ranking"];
            reason: string;
            /** Format: double */
            score: number;
            scoredBy?: string;
            severity: string;
            sources: string[];
            state: string;
            status: string;
            system?: string;
            text?: string;
            title: string;
            units: components["schemas"]["UnitCount"][];
            urgency: string;
            vector?: string;
            vulnerability: string;
        };
        FindingDetail: {
            /** @description The statement to read first */
            advisory?: components["schemas"]["AdvisorySummary"];
            aliases: string[];
            also?: components["schemas"]["ComponentName"][];
            by: string;
            component: components["schemas"]["ComponentName"];
            /**
             * Format: double
             * @description 0 to 1: orders answers by how they were found. It is not how often such an answer is right
             */
            confidence: number;
            conflicts?: components["schemas"]["Decision"][];
            decision?: components["schemas"]["Decision"];
            /** @description Devices that are exposed, as far as the asker may see them */
            devices: components["schemas"]["Exposure"][];
            /** Format: float */
            epss: number | null;
            /** Format: date-time */
            firstSeen?: string;
            fixed: string[];
            id: string;
            kev: boolean;
            /**
             * @description contradiction: two statements about the model cannot both hold
             * @enum {string}
             */
            kind: "weakness" | "contradiction";
            match: components["schemas"]["FindingMatch"];
            model: components["schemas"]["ModelKey"];
            /** Format: int64 */
            rank: number;
            ranking?: components["schemas"]["Ranking"];
            reason: string;
            /** Format: double */
            score: number;
            scoredBy?: string;
            severity: string;
            sources: string[];
            state: string;
            statements: components["schemas"]["AdvisorySummary"][];
            status: string;
            system?: string;
            text?: string;
            title: string;
            units: components["schemas"]["UnitCount"][];
            urgency: string;
            vector?: string;
            vulnerability: string;
        };
        FindingMatch: {
            by: string;
            /**
             * Format: double
             * @description 0 to 1: orders answers by how they were found. It is not how often such an answer is right
             */
            confidence: number;
            reason: string;
            /** @description What the advisory says, as written */
            text: string;
        };
        Fingerprint: {
            location?: string;
            tags?: string[];
        };
        Flaw: {
            /** Format: int64 */
            seq: number;
            text: string;
        };
        ForecastAnswer: {
            /** Format: int64 */
            devices: number;
            /** @description Devices without support on the day that was asked for */
            over: components["schemas"]["Ending"][];
            points: components["schemas"]["Point"][];
            /** Format: int64 */
            unknown: number;
        };
        "Forget-messagesRequest": {
            ids: string[];
            reason: string;
        };
        "Forget-release-keyRequest": {
            reason: string;
        };
        Gap: {
            channel: string;
            device: string;
            id: string;
            owner: string;
            reason: string;
            /** Format: date-time */
            since: string;
            /** Format: date-time */
            until?: string;
        };
        Grant: {
            /** @enum {string} */
            role: "viewer" | "security-analyst" | "clinical-engineer" | "integration-engineer" | "compliance-officer" | "administrator";
            site?: string;
            unit?: string;
        };
        Guess: {
            class?: string;
            manufacturer?: string;
            model?: string;
            reasons: components["schemas"]["Saying"][];
            strength: string;
        };
        HeadedColumn: {
            /** @description What the column holds; empty is not known, - leaves it out */
            field: string;
            heading: string;
            /** @description Its first cells */
            samples: string[];
        };
        HeldBacklog: {
            channel: string;
            /** Format: int64 */
            held: number;
            /** Format: date-time */
            oldest: string;
            reason: string;
            /** Format: date-time */
            until: string;
        };
        "Hold-messagesRequest": {
            hold: boolean;
            ids: string[];
            reason: string;
        };
        HoldInputBody: {
            hold: boolean;
            reason: string;
        };
        "Import-channelsRequest": {
            /** @description Only say what would become of it */
            dryRun?: boolean;
            /** @description XML */
            export: string;
        };
        ImportRecord: {
            /** Format: date-time */
            at: string;
            by: string;
            /** Format: int64 */
            conflict: number;
            /** Format: int64 */
            exact: number;
            id: string;
            /** @description cmms, leases, locations or cloud */
            kind: string;
            /** @description Of the file */
            name: string;
            /** Format: int64 */
            new: number;
            /** Format: int64 */
            probable: number;
            /**
             * Format: int64
             * @description Lines and cells that could not be used
             */
            problems: number;
            /** Format: int64 */
            rows: number;
            /** Format: date-time */
            undone?: string;
            undoneBy?: string;
        };
        Inbound: {
            address: string;
            /** Format: int64 */
            bytes: number;
            device: string;
            deviceName: string;
            encrypted: boolean;
            /** Format: date-time */
            first: string;
            /** Format: date-time */
            last: string;
            outside: boolean;
            /** Format: int64 */
            packets: number;
            peer: string;
            peerDevice?: string;
            peerName?: string;
            /** Format: int32 */
            port: number;
            protocol: string;
            same: boolean;
            transport: string;
            unit: string;
            zone: string;
        };
        Input: {
            assumed: boolean;
            level: string;
            levels?: string[];
            name: string;
            why: string;
        };
        InterfaceHealth: {
            /** Format: int64 */
            bytes: number;
            /** Format: int64 */
            dropped: number;
            /** Format: int64 */
            freezes?: number;
            name: string;
            /** Format: int64 */
            packets: number;
            trouble?: string;
            up: boolean;
        };
        Job: {
            by: components["schemas"]["Author"];
            /** Format: date-time */
            createdAt: string;
            /** Format: int64 */
            done: number;
            errors: components["schemas"]["Fault"][];
            /** Format: double */
            etaSeconds?: number;
            /** Format: int64 */
            faults: number;
            /** Format: date-time */
            finishedAt?: string;
            how?: unknown;
            id: string;
            kind: string;
            message?: string;
            /** Format: double */
            rate: number;
            result?: unknown;
            /** @description It was broken off and can be taken up where it left */
            resumable: boolean;
            /**
             * Format: int64
             * @description What was done already when it was taken up
             */
            resumedFrom?: number;
            site?: string;
            /** Format: date-time */
            startedAt?: string;
            state: string;
            title: string;
            /** Format: int64 */
            total: number;
            unit: string;
            /** @description Why it was broken off and cannot */
            whyAnew?: string;
        };
        Kept: {
            /** Format: date-time */
            agreedAt?: string;
            agreedBy?: string;
            /** Format: date-time */
            at: string;
            by: string;
            channels: string[];
            /** @description What the recipient needs, and nothing else */
            columns: components["schemas"]["Column"][];
            /** @enum {string} */
            format: "ndjson" | "parquet";
            /**
             * Format: int64
             * @description Smallest group of the last release
             */
            lastGroup?: number;
            /** Format: date-time */
            lastRun?: string;
            /** @description Its key is kept: later releases have the same pseudonyms */
            linkable: boolean;
            name: string;
            purpose: string;
            /** @description Names of columns that together might tell who somebody is; the risk is measured over them */
            quasiIdentifiers: string[];
            recipient: string;
            /**
             * Format: int64
             * @description Dates move by up to so many days either way, by the patient; 365
             */
            shiftDays: number;
            /**
             * Format: int64
             * @description How many patients must share the quasi-identifiers; rows of smaller groups do not leave
             */
            smallestGroup: number;
            /** @enum {string} */
            state: "draft" | "agreed";
            /** @description Who answers for it */
            steward?: string;
            /** @description Of messages, such as ORU^R01, Observation or Bundle; none is all */
            types?: string[];
            /** Format: int64 */
            version: number;
        };
        Ledger: {
            sources: components["schemas"]["SourceLedger"][];
        };
        Left: {
            place: string;
            /**
             * @description missing: not carried over; changed: works differently; note: worth knowing
             * @enum {string}
             */
            severity: "missing" | "changed" | "note";
            text: string;
        };
        Letter: {
            /** Format: date-time */
            at: string;
            /**
             * Format: date-time
             * @description When it is tried next
             */
            due: string;
            id: string;
            lastError?: string;
            /** @description Name of the target */
            name: string;
            notice: components["schemas"]["Notice"];
            /** Format: date-time */
            sentAt?: string;
            /** @enum {string} */
            state: "waiting" | "sent" | "dead";
            /** @description Id of the target */
            target: string;
            /** Format: int64 */
            tries: number;
            way: string;
        };
        LettersChanged: {
            /** Format: int64 */
            letters: number;
        };
        LettersChosen: {
            ids?: string[];
            /** @description Id of the target; without it and without ids all dead letters */
            target?: string;
        };
        LifecycleRow: {
            /** Format: int64 */
            devices: number;
            endOfSupport?: string;
            manufacturer: string;
            model: string;
            over: boolean;
            product: string;
            reason: string;
            release: string;
            status: string;
            units: components["schemas"]["UnitCount"][];
        };
        LifecycleStanding: {
            cyber524b: string;
            cyberReason: string;
            /** Format: int64 */
            devices: number;
            ends?: string;
            endsOf?: string;
            id: string;
            legacy: boolean;
            manufacturer: string;
            model: string;
            reason: string;
            recorded: boolean;
            responsibility: string;
            reviewBy?: string;
            state: string;
            units: components["schemas"]["LifecycleUnitCount"][];
        };
        LifecycleUnitCount: {
            /** Format: int64 */
            devices: number;
            site: string;
            unit: string;
            /** Format: int64 */
            unknown: number;
            /** Format: int64 */
            unsupported: number;
        };
        Link: {
            a: string[];
            /** Format: date-time */
            at: string;
            b: string[];
            by: string;
            /** @description They are one although their serial numbers differ */
            despite?: boolean;
            id: string;
            kind: string;
            reason: string;
            undone?: boolean;
        };
        ListAlert: {
            items: components["schemas"]["Alert"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListAuditEntry: {
            items: components["schemas"]["AuditEntry"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListBelonging: {
            items: components["schemas"]["Belonging"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListBulkPart: {
            items: components["schemas"]["BulkPart"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListCalendar: {
            items: components["schemas"]["Calendar"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListChannel: {
            items: components["schemas"]["Channel"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListColumnMapping: {
            items: components["schemas"]["ColumnMapping"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListComponent: {
            items: components["schemas"]["Component"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListComponentLife: {
            items: components["schemas"]["ComponentLife"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListComponentStanding: {
            items: components["schemas"]["ComponentStanding"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListContradiction: {
            items: components["schemas"]["Contradiction"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListControlStatus: {
            items: components["schemas"]["ControlStatus"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListCorrection: {
            items: components["schemas"]["Correction"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListDecision: {
            items: components["schemas"]["Decision"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListDeviceOf: {
            items: components["schemas"]["DeviceOf"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListDiffLine: {
            items: components["schemas"]["DiffLine"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListDifference: {
            items: components["schemas"]["Difference"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListDocument: {
            items: components["schemas"]["Document"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListDone: {
            items: components["schemas"]["Done"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListEdition: {
            items: components["schemas"]["Edition"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListEvent: {
            items: components["schemas"]["Event"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListFinding: {
            items: components["schemas"]["Finding"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListGap: {
            items: components["schemas"]["Gap"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListHeldBacklog: {
            items: components["schemas"]["HeldBacklog"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListImportRecord: {
            items: components["schemas"]["ImportRecord"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListJob: {
            items: components["schemas"]["Job"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListKept: {
            items: components["schemas"]["Kept"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListLetter: {
            items: components["schemas"]["Letter"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListLifecycleRow: {
            items: components["schemas"]["LifecycleRow"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListLink: {
            items: components["schemas"]["Link"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListListed: {
            items: components["schemas"]["Listed"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListMessage: {
            items: components["schemas"]["Message"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListMismatch: {
            items: components["schemas"]["Mismatch"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListModelPosture: {
            items: components["schemas"]["ModelPosture"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListOrder: {
            items: components["schemas"]["Order"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListPlace: {
            items: components["schemas"]["ReleasePlace"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListPlaceNode: {
            items: components["schemas"]["PlaceNode"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListPurchase: {
            items: components["schemas"]["Purchase"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListReached: {
            items: components["schemas"]["QualityReached"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListRecall: {
            items: components["schemas"]["RecallRecall"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListRecallRow: {
            items: components["schemas"]["RecallRow"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListReplay: {
            items: components["schemas"]["Replay"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListResource: {
            items: components["schemas"]["Resource"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListRow: {
            items: components["schemas"]["Row"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListSensorRow: {
            items: components["schemas"]["SensorRow"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListSent: {
            items: components["schemas"]["Sent"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListSetupStep: {
            items: components["schemas"]["SetupStep"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListStanding: {
            items: components["schemas"]["LifecycleStanding"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListStatementChange: {
            items: components["schemas"]["StatementChange"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListStatementSummary: {
            items: components["schemas"]["StatementSummary"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListStatus: {
            items: components["schemas"]["Status"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListStewardship: {
            items: components["schemas"]["Stewardship"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListSummary: {
            items: components["schemas"]["Summary"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListTalk: {
            items: components["schemas"]["Talk"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListTarget: {
            items: components["schemas"]["Target"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListTask: {
            items: components["schemas"]["Task"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListToken: {
            items: components["schemas"]["Token"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListUnidentifiedRow: {
            items: components["schemas"]["UnidentifiedRow"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListUser: {
            items: components["schemas"]["User"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListView: {
            items: components["schemas"]["DeskView"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        ListWireAdvice: {
            items: components["schemas"]["WireAdvice"][];
            /** @description Cursor of the next page; absent on the last one */
            nextCursor?: string;
            /**
             * Format: int64
             * @description Rows that match in all
             */
            total: number;
        };
        Listed: {
            from: string;
            /** @description Made here, in place of or beside Bedrail's own */
            house: boolean;
            name: string;
            source: string;
            /** Format: int64 */
            tests: number;
            title: string;
            to: string;
            /** Format: int64 */
            version: number;
            when: string;
        };
        MappingChanged: {
            element: string;
            /** @enum {string} */
            only: "before" | "after";
            value: string;
        };
        MappingFinding: {
            location: string;
            severity: string;
            text: string;
        };
        MappingInputBody: {
            /** @description Heading to field; - leaves a column out */
            fields: {
                [key: string]: string;
            };
            /** @description Of the file; a file with the same is offered this mapping again */
            headings: string[];
            /** @enum {string} */
            kind: "cmms" | "locations";
            name: string;
        };
        MappingSaveInputBody: {
            /** @description What changes, for whoever reads the versions */
            note?: string;
            /** @description YAML */
            text: string;
        };
        MappingTryInputBody: {
            /** @description HL7 v2 (a segment on a line), ASTM, POCT1-A or a FHIR bundle */
            message?: string;
            /** @description Without text: the mapping in force to try; empty is the first that is for the message */
            name?: string;
            /** @description YAML of a mapping that is not saved; empty tries those in force */
            text?: string;
        };
        Mds2Problem: {
            /** Format: int64 */
            line: number;
            text: string;
        };
        Measurable: {
            /** Format: int64 */
            microseconds: number;
        };
        MeasureSummary: {
            code: string;
            /** Format: double */
            present: number;
            /** Format: int64 */
            seen: number;
        };
        Mending: {
            plans: components["schemas"]["Turn"][];
            unplanned: string[];
        };
        MergeInputBody: {
            /** @description They are one although their serial numbers differ; needs the reason */
            despiteSerials?: boolean;
            ids: string[];
            reason?: string;
        };
        Message: {
            channel: string;
            /** Format: int64 */
            channelVersion: number;
            contentType?: string;
            device?: string;
            duplicateOf?: string;
            event?: string;
            /** Format: date-time */
            forgottenAt?: string;
            format: string;
            /** Format: date-time */
            heldUntil?: string;
            id: string;
            /** Format: int64 */
            issues: number;
            legalHold?: boolean;
            /** @description alarm, waveform or vital-signs: never held or dropped */
            live?: string;
            /**
             * @description What its sender was told
             * @enum {string}
             */
            outcome: "accepted" | "error" | "reject";
            peer?: string;
            profile?: string;
            reason?: string;
            /** Format: date-time */
            receivedAt: string;
            sender?: string;
            /** @description Of the worst issue */
            severity?: string;
            /** Format: int64 */
            size: number;
            /** @enum {string} */
            state: "pending" | "held" | "dead" | "delivered" | "duplicate" | "rejected" | "filtered";
            /** @enum {string} */
            trust: "trusted" | "unknown" | "mismatched" | "quarantined" | "vulnerable";
            type: string;
        };
        MessageContent: {
            /** @description What its sender was answered */
            answer?: string;
            /** @description Whom it belongs to, by where its device stood and who lay there */
            associated?: components["schemas"]["Association"];
            /** @description When it is no text */
            binary?: string;
            deliveries: components["schemas"]["DeliveryContent"][];
            id: string;
            /** @description As the last repair left it */
            mended?: string;
            patients?: string[];
            sha256: string;
            /** @description As it came; segments of HL7 v2 end with a carriage return */
            text?: string;
            truncated?: boolean;
        };
        MessageDetail: {
            /** @description How it is known whom the message belongs to; the patient is shown when the content is revealed */
            association?: components["schemas"]["Association"];
            channel: string;
            /** Format: int64 */
            channelVersion: number;
            contentType?: string;
            deliveries: components["schemas"]["Delivery"][];
            device?: string;
            devices: components["schemas"]["DeviceClaim"][];
            duplicateOf?: string;
            event?: string;
            /** Format: date-time */
            forgottenAt?: string;
            format: string;
            /** @description What is wrong with it */
            found: components["schemas"]["ExchangeIssue"][];
            /** Format: date-time */
            heldUntil?: string;
            id: string;
            /** Format: int64 */
            issues: number;
            legalHold?: boolean;
            /** @description alarm, waveform or vital-signs: never held or dropped */
            live?: string;
            /**
             * @description What its sender was told
             * @enum {string}
             */
            outcome: "accepted" | "error" | "reject";
            peer?: string;
            peerDetail: components["schemas"]["ExchangePeer"];
            profile?: string;
            reason?: string;
            /** Format: date-time */
            receivedAt: string;
            /** @description What became of it after it came */
            revisions?: components["schemas"]["RevisionNote"][];
            sender?: string;
            /** @description Of the worst issue */
            severity?: string;
            /** Format: int64 */
            size: number;
            stamp: components["schemas"]["Stamp"];
            /** @enum {string} */
            state: "pending" | "held" | "dead" | "delivered" | "duplicate" | "rejected" | "filtered";
            /** @enum {string} */
            trust: "trusted" | "unknown" | "mismatched" | "quarantined" | "vulnerable";
            type: string;
        };
        MessageTrace: {
            message: components["schemas"]["MessageDetail"];
            steps: components["schemas"]["TraceStep"][];
        };
        Mismatch: {
            assetTag?: string;
            class?: string;
            device: string;
            differs?: components["schemas"]["Disagreement"][];
            /** Format: date-time */
            last?: string;
            manufacturer?: string;
            model?: string;
            name: string;
            serialNumber?: string;
            site?: string;
            unit?: string;
        };
        Mistake: {
            expected: string;
            expression: string;
            got: string;
        };
        ModelKey: {
            manufacturer: string;
            model: string;
            version: string;
        };
        ModelPosture: {
            /** Format: int64 */
            affected: number;
            bill: string;
            /** Format: int64 */
            devices: number;
            endOfLife?: string;
            manufacturer: string;
            model: string;
            /** Format: int64 */
            undecidable: number;
            version: string;
        };
        ModelRecord: {
            /** Format: date-time */
            at?: string;
            by?: string;
            cyber524b: string;
            cyberDevice?: string;
            cyberReason: string;
            declared?: string;
            endOfLife?: string;
            endOfSupport?: string;
            id: string;
            knownThen?: string[];
            manufacturer: string;
            marketed?: string;
            model: string;
            note?: string;
            productCode?: string;
            serviceUntil?: string;
            source?: string;
            state: string;
            stateReason: string;
            submission?: string;
            submissionNumber?: string;
            supportText?: string;
            transfer?: components["schemas"]["Transfer"];
            /** Format: int64 */
            version: number;
        };
        ModelRecordBody: {
            /**
             * @description FD&C Act section 524B(c)
             * @enum {string}
             */
            cyberDevice?: "yes" | "no" | "unknown";
            /**
             * @description What the maker says, where it gives no days
             * @enum {string}
             */
            declared?: "unknown" | "development" | "support" | "limited-support" | "end-of-support";
            /** @description From then on support is limited (IMDRF N70) */
            endOfLife?: string;
            /** @description From then on there is none */
            endOfSupport?: string;
            knownThen?: string[];
            manufacturer: string;
            /** @description First placed on the market, 2006-01-02 */
            marketed?: string;
            model: string;
            note?: string;
            productCode?: string;
            serviceUntil?: string;
            source?: string;
            /** @description When the FDA received the premarket submission */
            submission?: string;
            submissionNumber?: string;
            supportText?: string;
            transfer?: components["schemas"]["Transfer"];
            /**
             * Format: int64
             * @description That you saw; 0 when there was no record
             */
            version: number;
        };
        MovedChannel: {
            /** @description As a person would write it; see the manual */
            definition: unknown;
            /** @description Name there */
            from: string;
            /** @description What did not convert, or converts with a difference */
            left: components["schemas"]["Left"][];
            /** @description Whether the channel was made, paused */
            made: boolean;
            /** @description Name here */
            name: string;
            /** @description Why it was not, or could not be, made */
            problem?: string;
            /** @description Whether the definition can be put in force as it is */
            usable: boolean;
        };
        Named: {
            id: string;
            name: string;
        };
        Neighbourhood: {
            nodes: components["schemas"]["Node"][];
            of?: components["schemas"]["Node"];
            /** Format: int64 */
            total: number;
        };
        NetmapEdge: {
            /** Format: int64 */
            bytes: number;
            /** Format: int64 */
            flows: number;
            /**
             * Format: int64
             * @description Place of the client in nodes
             */
            from: number;
            /** Format: date-time */
            last: string;
            /** Format: int64 */
            packets: number;
            /** @description Some of it was not encrypted */
            plain: boolean;
            /** @description Busiest first, at most three */
            protocols: string[];
            /**
             * Format: int64
             * @description Different ports
             */
            services: number;
            /**
             * Format: int64
             * @description Place of the server in nodes
             */
            to: number;
        };
        NetmapNode: {
            /**
             * Format: int64
             * @description Of them, those that an advisory affects
             */
            affected: number;
            class?: string;
            /**
             * Format: int64
             * @description How many it stands for
             */
            devices: number;
            id: string;
            /** @enum {string} */
            kind: "zone" | "device" | "address";
            label: string;
            /** Format: int64 */
            packets: number;
            /**
             * Format: double
             * @description Radius
             */
            r: number;
            /** @description Highest of what they are affected by */
            severity?: string;
            /** Format: double */
            x: number;
            /** Format: double */
            y: number;
            /** @description Id of the zone that a device stands in */
            zone?: string;
        };
        NewToken: {
            /** Format: date-time */
            expiresAt: string;
            /** @description Login name of the owner; only for the command line beside the data folder */
            for?: string;
            /** @description What it is for */
            name: string;
            /** @description Absent: all that you have */
            roles?: components["schemas"]["Grant"][];
        };
        NewUser: {
            displayName?: string;
            name: string;
            roles: components["schemas"]["Grant"][];
        };
        Node: {
            /** Format: int64 */
            dependents: number;
            /** Format: int64 */
            dependsOn: number;
            /** Format: int64 */
            index: number;
            name: string;
            purl: string;
            version: string;
        };
        Notice: {
            /** Format: date-time */
            at: string;
            /** @description What a program needs beside the title */
            facts?: {
                [key: string]: string;
            };
            /** @description Screen that says more */
            href?: string;
            id: string;
            /** @description What happened, for programs: job.failed, exposure.new, contradiction.new, recall.new, feed.stale, disk.low */
            kind: string;
            /** @enum {string} */
            level: "info" | "warning" | "urgent";
            read: boolean;
            site?: string;
            /** @description In a sentence; never of a patient */
            title: string;
            unit?: string;
        };
        Notices: {
            items: components["schemas"]["Notice"][];
            /** Format: int64 */
            unread: number;
        };
        Objective: {
            /** Format: date-time */
            at?: string;
            by?: string;
            /** @description Only of this channel */
            channel?: string;
            /**
             * Format: int64
             * @description Over how many days it is counted
             */
            days: number;
            /** @description Only of this device */
            device?: string;
            /** @enum {string} */
            indicator: "arriving" | "clock" | "unique" | "units" | "plausible" | "complete" | "agreeing";
            name: string;
            /** @description A person set it; else it is Bedrail's own */
            own: boolean;
            /**
             * Format: double
             * @description Share that must be good, such as 0.99
             */
            target: number;
            /** @description Only of this unit */
            unit?: string;
        };
        Opened: {
            salt: string;
            sha256: string;
        };
        Order: {
            class: string;
            consents: components["schemas"]["Consent"][];
            devices: components["schemas"]["Piece"][];
            exception?: components["schemas"]["Exception"];
            id: string;
            kev: boolean;
            /** Format: date-time */
            lastActAt?: string;
            lastActBy?: string;
            left: string[];
            means: string;
            meansReason: string;
            model: components["schemas"]["ModelKey"];
            /** Format: date-time */
            openedAt: string;
            openedBy: string;
            /** Format: date-time */
            overdueSince?: string;
            severity: string;
            site: string;
            /** Format: int64 */
            spare: number;
            stage: string;
            target?: string;
            unit: string;
            /** Format: int64 */
            verifiedCount: number;
            /** Format: int64 */
            version: number;
            weaknesses: string[];
            why?: string;
            windows: components["schemas"]["Window"][];
        };
        OutboxHealth: {
            /** Format: int64 */
            bytes: number;
            /** Format: int64 */
            limit: number;
            /** Format: int64 */
            messages: number;
            /** Format: date-time */
            oldest?: string;
        };
        OutboxState: {
            /** @description Of the exchange; its page shows how the receiver stands */
            channel: string;
            /** @description What a person corrects goes out by itself */
            persons: boolean;
            ready: boolean;
            /** @description Why nothing can be sent, and what to do */
            why?: string;
        };
        OutletStatus: {
            connection?: components["schemas"]["SenderStatus"];
            kind: string;
            lastError?: string;
            /** Format: date-time */
            lastErrorAt?: string;
            /** Format: date-time */
            lastSent?: string;
            name: string;
            /** Format: date-time */
            nextTry?: string;
            /** Format: date-time */
            oldest?: string;
            /** Format: int64 */
            queued: number;
            /** Format: int64 */
            sent: number;
            state: string;
        };
        OverheardIssue: {
            code: string;
            /** Format: int64 */
            count: number;
            path?: string;
            rule: string;
            severity: string;
        };
        OverheardKind: {
            /** Format: int64 */
            count: number;
            duplicate?: boolean;
            event?: string;
            live?: string;
            profile?: string;
            refused?: boolean;
            reused?: boolean;
            severity?: string;
            type?: string;
            unreadable?: boolean;
            version?: string;
        };
        OverheardMap: {
            /** Format: int64 */
            count: number;
            trouble?: string;
            type: string;
        };
        Overview: {
            /** Format: date-time */
            asOf: string;
            coverage: components["schemas"]["Watched"];
            devices: components["schemas"]["Counts"];
            exposure: components["schemas"]["VulnTotal"];
            feeds: components["schemas"]["Status"][];
            /** @description What the feeds leave unknown, in sentences */
            gaps: string[];
        };
        PasswordChange: {
            current: string;
            /** @description At least 12 characters */
            new: string;
        };
        PatchAsk: {
            /**
             * Format: int64
             * @description 0 is 28
             */
            days?: number;
            /** Format: date-time */
            from?: string;
            /**
             * Format: int64
             * @description That one device is out for; 0 is 2
             */
            hours?: number;
            /**
             * Format: double
             * @description Share of a unit's devices that stays; 0 is the usual of the class
             */
            keep?: number;
            manufacturer?: string;
            model?: string;
            preview?: boolean;
            site?: string;
            softwareVersion?: string;
            /**
             * Format: int64
             * @description Devices that the hospital's technicians can work on at once, all units together; 0 is no limit
             */
            technicians?: number;
            unit?: string;
            weekends?: boolean;
            /** Format: int64 */
            workFrom?: number;
            /**
             * Format: int64
             * @description 0 and 0 are 7 to 17
             */
            workTo?: number;
        };
        PatchStageInputBody: {
            /** @enum {string} */
            stage: "done" | "cancelled";
        };
        PatientSearchBody: {
            /** @description Number of the patient; the system before it may be left out */
            patient: string;
            purpose: string;
        };
        Peer: {
            address: string;
            deviceId?: string;
            name?: string;
        };
        Person: {
            displayName: string;
            id: string;
            name: string;
        };
        Picture: {
            /** Format: date-time */
            asOf: string;
            edges: components["schemas"]["NetmapEdge"][];
            /** Format: int64 */
            hiddenFlows: number;
            /**
             * Format: int64
             * @description Left out as infrastructure, excluded, or beyond what fits
             */
            hiddenNodes: number;
            /** @enum {string} */
            level: "zones" | "zone" | "device" | "whole";
            nodes: components["schemas"]["NetmapNode"][];
            /** Format: date-time */
            since: string;
            /** @description Name of the zone or device, or empty */
            title: string;
            /** @description There was more traffic than is looked at */
            truncated: boolean;
        };
        Piece: {
            evidence?: string;
            id: string;
            is?: string;
            name: string;
            /** Format: date-time */
            verifiedAt?: string;
            was: string;
        };
        Place: {
            /** Format: int64 */
            end: number;
            id: string;
            place: string;
            /** Format: int64 */
            start: number;
            type: string;
        };
        PlaceBody: {
            /** @description Other names of a unit in messages and lists */
            aliases?: string[];
            bed?: string;
            building?: string;
            floor?: string;
            room?: string;
            site?: string;
            /** @description What people call it */
            title?: string;
            unit?: string;
        };
        PlaceNode: {
            aliases?: string[];
            /** Format: date-time */
            at: string;
            bed?: string;
            building?: string;
            by: string;
            /**
             * Format: int64
             * @description That stand here or in a part of it
             */
            devices: number;
            floor?: string;
            /**
             * Format: int64
             * @description That stand here, and in no known part of it
             */
            here: number;
            id: string;
            /** @description Names the place, whatever its capitals */
            key: string;
            level: string;
            /** @description On the hospital's list of places */
            listed: boolean;
            /** @description The part of its own level */
            name: string;
            /** @description Key of the place that it lies in; empty at the top */
            parent: string;
            /**
             * Format: int64
             * @description Places directly in it
             */
            parts: number;
            room?: string;
            site?: string;
            /** @description person, or the id of an import */
            source: string;
            /** @description What people call it: Intensive care */
            title?: string;
            unit?: string;
            /** Format: int64 */
            version: number;
        };
        PlaceView: {
            aliases?: string[];
            /** Format: date-time */
            at: string;
            bed?: string;
            building?: string;
            by: string;
            /**
             * Format: int64
             * @description That stand here or in a part of it
             */
            devices: number;
            floor?: string;
            /**
             * Format: int64
             * @description That stand here, and in no known part of it
             */
            here: number;
            id: string;
            /** @description Names the place, whatever its capitals */
            key: string;
            level: string;
            /** @description On the hospital's list of places */
            listed: boolean;
            /** @description The part of its own level */
            name: string;
            /** @description Key of the place that it lies in; empty at the top */
            parent: string;
            /**
             * Format: int64
             * @description Places directly in it
             */
            parts: number;
            room?: string;
            site?: string;
            /** @description person, or the id of an import */
            source: string;
            /** @description What people call it: Intensive care */
            title?: string;
            unit?: string;
            /** Format: int64 */
            version: number;
        };
        PlacedAt: {
            bed?: string;
            building?: string;
            floor?: string;
            listed?: boolean;
            precision: string;
            room?: string;
            /** Format: date-time */
            seen?: string;
            site?: string;
            source?: string;
            status: string;
            unit?: string;
        };
        Point: {
            on: string;
            units: components["schemas"]["LifecycleUnitCount"][];
            /** Format: int64 */
            unsupported: number;
        };
        Policy: {
            bill: components["schemas"]["PolicyBillStruct"];
            clauses: {
                [key: string]: string;
            };
            /** Format: int64 */
            edition: number;
            mds2: components["schemas"]["PolicyMDS2Struct"];
            name: string;
            questions: components["schemas"]["Question"][];
            submission: components["schemas"]["PolicySubmissionStruct"];
            support: components["schemas"]["PolicySupportStruct"];
            vulnerabilities: components["schemas"]["PolicyVulnerabilitiesStruct"];
        };
        PolicyAnswer: {
            all: components["schemas"]["PolicyVersion"][];
            current: components["schemas"]["PolicyVersion"];
        };
        PolicyBillStruct: {
            demand: string;
            /** Format: double */
            score: number;
        };
        PolicyInputBody: {
            /** @description YAML */
            text: string;
        };
        PolicyMDS2Struct: {
            /** Format: double */
            answered: number;
            demand: string;
            /** Format: int64 */
            years: number;
        };
        PolicyProblem: {
            /** Format: int64 */
            line: number;
            text: string;
        };
        PolicySubmissionStruct: {
            demand: string;
        };
        PolicySupportStruct: {
            components: string;
            demand: string;
            systems: string;
            /** Format: int64 */
            years: number;
        };
        PolicyVersion: {
            /** Format: date-time */
            at?: string;
            by: string;
            id: string;
            policy: components["schemas"]["Policy"];
            text: string;
        };
        PolicyVulnerabilitiesStruct: {
            critical: components["schemas"]["Bound"];
            exploited: string;
            high: components["schemas"]["Bound"];
            undecidable: string;
        };
        Preview: {
            /** @description What differs from the mapping in force */
            changes: components["schemas"]["MappingChanged"][];
            issues: components["schemas"]["MappingFinding"][];
            mapping: string;
            origins: components["schemas"]["Place"][];
            /** @description Why the text is no mapping, or the message cannot be mapped */
            problem?: string;
            /** @description FHIR bundle in JSON, or an HL7 v2 message */
            result: string;
            tests: components["schemas"]["Verdict"][];
            took: components["schemas"]["Measurable"];
            unused: string[];
        };
        Problem: {
            /** @description The sort of problem, for programs */
            code: string;
            /** @description What is wrong and what to do about it */
            detail: string;
            /** @description Places in the request */
            errors?: components["schemas"]["Detail"][];
            /** @description This very refusal, for programs; it stays as it is when detail is worded anew */
            reason?: string;
            /** Format: int64 */
            status: number;
            /** @description Short and always the same for one sort of problem */
            title: string;
            /** @description Name of this request in the log */
            traceId: string;
            /** @description Page that explains this sort of problem */
            type: string;
            /** @description What detail names, by the words of the reason */
            values?: {
                [key: string]: string;
            };
        };
        ProcureChange: {
            /** Format: date-time */
            at: string;
            better: string[];
            from: string;
            reworded: string[];
            /** Format: int64 */
            score: number;
            to: string;
            /** Format: int64 */
            was: number;
            worse: string[];
        };
        ProcureDecision: {
            /** Format: date-time */
            at: string;
            by: string;
            byId: string;
            choice: string;
            note?: string;
            reason: string;
            second?: string;
            /** Format: date-time */
            secondAt?: string;
            sha256: string;
            verdict: string;
        };
        Profile: {
            by?: string;
            /** Format: int64 */
            days: number;
            /** Format: int64 */
            devices: number;
            edges: components["schemas"]["Edge"][];
            /** Format: date-time */
            from?: string;
            /** Format: date-time */
            frozen?: string;
            of: string;
            /** Format: date-time */
            until?: string;
        };
        ProfileChange: {
            /** @description What stands in the sentence */
            args?: {
                [key: string]: string;
            };
            /** @description Of the sentence, and stable. Absent from what was written before there were codes */
            code?: string;
            edge: components["schemas"]["Edge"];
            kind: string;
            /** @description The sentence in English */
            text: string;
        };
        Proof: {
            checkpoint: string;
            entry: string;
            key: string;
            path: string[];
            /** Format: int64 */
            seq: number;
            /** Format: int64 */
            size: number;
        };
        ProofFile: {
            channel: string;
            /** Format: date-time */
            made: string;
            message: string;
            raw: components["schemas"]["Opened"];
            steps: components["schemas"]["ProofStep"][];
            /** Format: int64 */
            version: number;
        };
        ProofStep: {
            opens?: {
                [key: string]: components["schemas"]["Opened"];
            };
            proof: components["schemas"]["Proof"];
        };
        Purchase: {
            assessment: components["schemas"]["Assessment"];
            by: string;
            changes: components["schemas"]["ProcureChange"][];
            decision?: components["schemas"]["ProcureDecision"];
            deviations: components["schemas"]["Deviation"][];
            id: string;
            model: components["schemas"]["ModelKey"];
            /** Format: date-time */
            openedAt: string;
            policy: string;
            /** Format: int64 */
            quantity?: number;
            stage: string;
            starts?: string;
            title: string;
            unit?: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            years: number;
        };
        PurchaseBody: {
            manufacturer: string;
            model: string;
            /** Format: int64 */
            quantity?: number;
            softwareVersion?: string;
            /** @description First day of use, 2006-01-02 */
            starts?: string;
            title?: string;
            unit?: string;
            /**
             * Format: int64
             * @description Of planned use; 0 is what the policy says
             */
            years?: number;
        };
        PurposeInputBody: {
            purpose: string;
        };
        QR: {
            /** @description Dark modules as one SVG path */
            path: string;
            /**
             * Format: int64
             * @description Units of one side, quiet zone included
             */
            size: number;
        };
        Quality: {
            missing: string[];
            /** Format: double */
            score: number;
            standards?: components["schemas"]["Standard"][];
        };
        QualityCounts: {
            /** Format: int64 */
            clocked: number;
            /** Format: int64 */
            compared: number;
            /** Format: int64 */
            drifted: number;
            /** Format: int64 */
            duplicates: number;
            /** Format: int64 */
            implausible: number;
            /** Format: int64 */
            incomplete: number;
            /** Format: int64 */
            minutes: number;
            /** Format: int64 */
            received: number;
            /** Format: int64 */
            rejected: number;
            /** Format: int64 */
            silent: number;
            /** Format: int64 */
            skewed: number;
            /** Format: int64 */
            stuck: number;
            /** Format: int64 */
            units: number;
        };
        QualityDetail: {
            /**
             * Format: int64
             * @description Open ones
             */
            alerts: number;
            budgets: components["schemas"]["Budget"][];
            channel: string;
            /** Format: int64 */
            count: number;
            device?: string;
            /** Format: double */
            everySeconds: number;
            /** Format: date-time */
            first: string;
            hours: components["schemas"]["Bucket"][];
            id: string;
            /** Format: date-time */
            last: string;
            live: boolean;
            measures: components["schemas"]["MeasureSummary"][];
            name: string;
            open: components["schemas"]["Alert"][];
            /** Format: double */
            patienceSeconds: number;
            /** @description It is only overheard: no channel carries it */
            shadow: boolean;
            silent: boolean;
            site?: string;
            /** Format: double */
            skewSeconds: number;
            /** Format: int64 */
            skewSeen: number;
            /** @description Messages by hour, the last 24, oldest first */
            spark: number[];
            /**
             * @description bad: silent, or an objective is spent; watch: an alert is open
             * @enum {string}
             */
            state: "good" | "watch" | "bad";
            /** @description Of the last 24 hours */
            today: components["schemas"]["QualityCounts"];
            unit?: string;
            /** @description The objective with the least left */
            worst?: components["schemas"]["Budget"];
        };
        QualityReached: {
            /** Format: date-time */
            at?: string;
            budget: components["schemas"]["Budget"];
            by?: string;
            /** @description Only of this channel */
            channel?: string;
            /**
             * Format: int64
             * @description Over how many days it is counted
             */
            days: number;
            /** @description Only of this device */
            device?: string;
            /** Format: int64 */
            feeds: number;
            /** @enum {string} */
            indicator: "arriving" | "clock" | "unique" | "units" | "plausible" | "complete" | "agreeing";
            name: string;
            /** @description A person set it; else it is Bedrail's own */
            own: boolean;
            /**
             * Format: int64
             * @description Feeds that have nothing left
             */
            spent: number;
            /**
             * Format: double
             * @description Share that must be good, such as 0.99
             */
            target: number;
            /** @description Only of this unit */
            unit?: string;
        };
        Question: {
            clause: string;
            demand: string;
            id: string;
            or?: string[];
            want: string[];
        };
        Ranking: {
            changes: components["schemas"]["Change"][];
            inputs: components["schemas"]["Input"][];
            /** Format: int64 */
            rank: number;
            urgency: string;
        };
        Reach: {
            channels: {
                [key: string]: number;
            };
            /** Format: date-time */
            first?: string;
            /**
             * Format: int64
             * @description Messages whose content is no more: their receivers are told, and nothing can be sent again
             */
            forgotten: number;
            /** Format: date-time */
            last?: string;
            /** Format: int64 */
            messages: number;
            /**
             * Format: int64
             * @description How many patients they are about, by keyed hash; who they are is shown with a purpose
             */
            patients: number;
            /** @description FHIR resources that were made of them and delivered, by type */
            resources: {
                [key: string]: number;
            };
            /** Format: int64 */
            resourcesRead: number;
            /**
             * Format: double
             * @description How long it took to find
             */
            seconds: number;
            types: {
                [key: string]: number;
            };
        };
        Reached: {
            assumed: boolean;
            level: string;
            /** Format: int64 */
            peers: number;
            why: string;
        };
        "Read-notificationsRequest": {
            /** @description None is all */
            ids?: string[];
        };
        Reason: {
            accepted?: components["schemas"]["Deviation"];
            area: string;
            clause?: string;
            demand: string;
            met: boolean;
            missing?: boolean;
            rule: string;
            text: string;
        };
        Recall: {
            action?: string;
            class?: string;
            number: string;
            reason: string;
            status: string;
            why?: string;
        };
        RecallAnswerInputBody: {
            /** @description Of lines of the worklist */
            ids: string[];
            note?: string;
            /** @enum {string} */
            state: "open" | "acknowledged" | "quarantined" | "corrected" | "returned" | "not-affected";
        };
        RecallRecall: {
            /**
             * Format: int64
             * @description Receivers of whom nobody waits any more
             */
            answered: number;
            approvedBy?: string;
            /** Format: date-time */
            closedAt?: string;
            closedBy?: string;
            /** @description Every message was marked and every receiver that a message reaches was sent its notice; else continue */
            complete: boolean;
            /** Format: date-time */
            dueAt?: string;
            id?: string;
            job?: string;
            /**
             * Format: int64
             * @description Messages that carry the mark
             */
            marked: number;
            needs?: string;
            /** Format: date-time */
            openedAt?: string;
            /** Format: int64 */
            overdue: number;
            reach: components["schemas"]["Reach"];
            receivers: components["schemas"]["Receiver"][];
            /** Format: date-time */
            requestedAt?: string;
            requestedBy?: string;
            spec: components["schemas"]["Spec"];
            /** @enum {string} */
            state: "planned" | "waiting" | "open" | "closed";
        };
        RecallRow: {
            action?: string;
            /** Format: int64 */
            affected: number;
            classification?: string;
            /** Format: int64 */
            devices: number;
            id: string;
            manufacturer: string;
            model: string;
            title: string;
            /** Format: int64 */
            undecidable: number;
            units: components["schemas"]["UnitCount"][];
            work: components["schemas"]["Recalled"][];
        };
        Recalled: {
            device: string;
            name: string;
            reason: string;
            serialNumber: string;
            site: string;
            status: string;
            unit: string;
        };
        Receiver: {
            /** Format: date-time */
            answeredAt?: string;
            answeredBy?: string;
            /**
             * Format: int64
             * @description Messages of which no copy is sent: large, forgotten, or without such a message
             */
            byHand: number;
            channel: string;
            destination: string;
            /**
             * Format: int64
             * @description Copies that it refused or that could not be made: dead letters
             */
            failed: number;
            /** @description Of destination; empty where the channel no longer has it */
            kind?: string;
            /**
             * Format: int64
             * @description That it received
             */
            messages: number;
            /** @description What it answered */
            note?: string;
            /** @description Name of the message that told it */
            notice?: string;
            noticeSent: boolean;
            overdue: boolean;
            /** @description Who waits for its answer */
            owner?: string;
            /**
             * Format: int64
             * @description Withdrawn or corrected copies that it accepted
             */
            reissued: number;
            /** @enum {string} */
            state: "to-tell" | "told" | "acknowledged" | "refused" | "excepted";
            /** Format: date-time */
            toldAt?: string;
            /**
             * Format: int64
             * @description Withdrawn or corrected copies on their way
             */
            waiting: number;
            /** @description How it is told: hl7v2, fhir, json, or person: by somebody, since no message does */
            way: string;
        };
        Recipient: {
            channel: string;
            /** Format: int64 */
            count: number;
            /** Format: date-time */
            first: string;
            /** @enum {string} */
            kind: "delivered" | "shown";
            /** Format: date-time */
            last: string;
            masked?: boolean;
            purpose?: string;
            to: string;
            types: string[];
            without?: string[];
        };
        Reconciliation: {
            differs: components["schemas"]["Mismatch"][];
            silent: components["schemas"]["Mismatch"][];
            total: components["schemas"]["Coverage"];
            units: components["schemas"]["Coverage"][];
            unlisted: components["schemas"]["Mismatch"][];
            vlans: components["schemas"]["Coverage"][];
        };
        Refusal: {
            /** Format: date-time */
            at: string;
            mend?: string;
            peer: components["schemas"]["ExchangePeer"];
            reason: string;
        };
        ReleasePlace: {
            forms: string[];
            from: string;
            /** @enum {string} */
            kind: "hl7v2" | "fhir";
            /** @description Segment or type of resource */
            of: string;
        };
        ReleasePut: {
            channels: string[];
            /** @description What the recipient needs, and nothing else */
            columns: components["schemas"]["Column"][];
            /** @enum {string} */
            format: "ndjson" | "parquet";
            name: string;
            purpose: string;
            /** @description Names of columns that together might tell who somebody is; the risk is measured over them */
            quasiIdentifiers: string[];
            recipient: string;
            /**
             * Format: int64
             * @description Dates move by up to so many days either way, by the patient; 365
             */
            shiftDays: number;
            /**
             * Format: int64
             * @description How many patients must share the quasi-identifiers; rows of smaller groups do not leave
             */
            smallestGroup: number;
            /** @description Who answers for it */
            steward?: string;
            /** @description Of messages, such as ORU^R01, Observation or Bundle; none is all */
            types?: string[];
            /**
             * Format: int64
             * @description That was looked at; 0 is new
             */
            version: number;
        };
        ReleaseVersion: {
            /**
             * Format: int64
             * @description That was looked at; 0 is new
             */
            version: number;
        };
        Remedy: {
            category: string;
            details: string;
        };
        Repair: {
            /** @description Only say what it would become */
            dryRun?: boolean;
            reason: string;
            /** @description Send it where it waits or was given up */
            release?: boolean;
            /** @description What is set or taken out */
            steps?: components["schemas"]["RepairStep"][];
            /** @description Or the whole content; line ends become segment ends */
            text?: string;
        };
        RepairDone: {
            /**
             * Format: int64
             * @description Issues of what came
             */
            before: number;
            /** @description Errors of the mended copy */
            left: components["schemas"]["ExchangeIssue"][];
            message: string;
            /** Format: int64 */
            requeued: number;
            /** Format: int64 */
            revision: number;
            /** @description The mended copy has no error any more */
            valid: boolean;
        };
        RepairStep: {
            /** @description Or the text at that place */
            from?: string;
            /** @description Where */
            remove?: string;
            /** @description Where, such as OBX[2]-6.1 */
            set?: string;
            value?: string;
        };
        Replay: {
            approvedBy?: string;
            deliveries: {
                [key: string]: number;
            };
            id?: string;
            job?: string;
            /** Format: int64 */
            messages: number;
            needs?: string;
            /** Format: date-time */
            requestedAt?: string;
            requestedBy?: string;
            /** Format: int64 */
            requeued: number;
            spec: components["schemas"]["ReplaySpec"];
            state: string;
            states: {
                [key: string]: number;
            };
        };
        ReplaySpec: {
            destinations?: string[];
            dryRun?: boolean;
            filter?: string;
            from?: string[];
            ids?: string[];
            reason: string;
        };
        Report: {
            /** Format: date-time */
            at: string;
            /** @enum {string} */
            by: "cmms" | "cloud" | "lease";
        };
        Repositories: {
            items: components["schemas"]["Standing"][];
        };
        Resource: {
            channel: string;
            destination: string;
            message: string;
            /** @description Type and id, as its receiver has it */
            reference: string;
            status?: string;
        };
        Result: {
            /** Format: int64 */
            changed: number;
            feeds: components["schemas"]["FeedSummary"][];
            problems: components["schemas"]["FeedProblem"][];
        };
        "Reveal-data-recall-patientsRequest": {
            purpose: string;
        };
        "Reveal-messageRequest": {
            purpose: string;
        };
        RevisionNote: {
            /** Format: date-time */
            at: string;
            by: string;
            /**
             * Format: int64
             * @description What is still wrong with the repaired copy
             */
            issues: number;
            /** @enum {string} */
            kind: "repair" | "patient" | "recall";
            reason: string;
            /** @description The recall that it belongs to */
            recall?: string;
            /** Format: int64 */
            revision: number;
        };
        RevokeInputBody: {
            why?: string;
        };
        Rhythm: {
            /** Format: date-time */
            heard?: string;
            learned: boolean;
            /** Format: int64 */
            silence: number;
        };
        Risk: {
            /**
             * Format: double
             * @description Groups per patient of a group: the mean chance over all rows
             */
            averageRisk: number;
            /**
             * Format: int64
             * @description Combinations of the quasi-identifiers
             */
            groups: number;
            /**
             * Format: double
             * @description 1 in the smallest group: the chance to name the right patient of it
             */
            highestRisk: number;
            /** Format: int64 */
            patients: number;
            quasiIdentifiers: string[];
            /**
             * Format: int64
             * @description The fewest patients that share a combination: k
             */
            smallestGroup: number;
            /**
             * Format: int64
             * @description Patients who are alone in a combination
             */
            uniquePatients: number;
        };
        Rival: {
            /**
             * Format: double
             * @description 0 to 1: what the evidence weighs together; not how often such a value is right
             */
            confidence: number;
            evidence: components["schemas"]["Evidence"][];
            value: string;
        };
        RoleRow: {
            actions: string[];
            role: string;
        };
        RoleTable: {
            actions: string[];
            roles: components["schemas"]["RoleRow"][];
        };
        Row: {
            /**
             * Format: int64
             * @description Open ones
             */
            alerts: number;
            channel: string;
            /** Format: int64 */
            count: number;
            device?: string;
            /** Format: double */
            everySeconds: number;
            /** Format: date-time */
            first: string;
            id: string;
            /** Format: date-time */
            last: string;
            live: boolean;
            name: string;
            /** Format: double */
            patienceSeconds: number;
            /** @description It is only overheard: no channel carries it */
            shadow: boolean;
            silent: boolean;
            site?: string;
            /** Format: double */
            skewSeconds: number;
            /** Format: int64 */
            skewSeen: number;
            /** @description Messages by hour, the last 24, oldest first */
            spark: number[];
            /**
             * @description bad: silent, or an objective is spent; watch: an alert is open
             * @enum {string}
             */
            state: "good" | "watch" | "bad";
            /** @description Of the last 24 hours */
            today: components["schemas"]["QualityCounts"];
            unit?: string;
            /** @description The objective with the least left */
            worst?: components["schemas"]["Budget"];
        };
        Rules: {
            ios: string;
            nftables: string;
        };
        RunSpec: {
            /** @description Measure the risk; nothing leaves and no file is kept */
            dryRun?: boolean;
            /** Format: date-time */
            from: string;
            /**
             * Format: date-time
             * @description Left out, now
             */
            until?: string;
        };
        Saying: {
            /** @description What stands in the sentence */
            args?: {
                [key: string]: string;
            };
            /** @description Of the sentence, and stable. Absent from what was written before there were codes */
            code?: string;
            /** @description The sentence in English */
            text: string;
        };
        SbomDifference: {
            added: components["schemas"]["Component"][];
            changed: components["schemas"]["VersionChanged"][];
            from: string;
            removed: components["schemas"]["Component"][];
            /** Format: int64 */
            same: number;
            to: string;
        };
        SbomSummary: {
            /** Format: int64 */
            components: number;
            digest: string;
            format: string;
            id: string;
            importedAt: string;
            model: components["schemas"]["ModelKey"];
            name: string;
            quality: components["schemas"]["Quality"];
            specVersion: string;
            warnings?: string[];
        };
        Score: {
            /** Format: double */
            score: number;
            source?: string;
            vector: string;
            version: string;
        };
        SecondInputBody: {
            agree: boolean;
        };
        SenderStatus: {
            lastError?: string;
            /** Format: date-time */
            lastErrorAt?: string;
            peer: string;
            /** Format: date-time */
            since?: string;
            state: string;
            /** Format: int64 */
            unmatched: number;
        };
        SensorInputBody: {
            /**
             * Format: int64
             * @description How long the token is good; 0 is an hour
             */
            minutes?: number;
            /** @description Small letters, digits and hyphens */
            name: string;
            note?: string;
            site?: string;
        };
        SensorPicture: {
            /** Format: date-time */
            from: string;
            gaps: components["schemas"]["TrafficGap"][];
            /**
             * Format: int64
             * @description Minutes in one step
             */
            step: number;
            steps: components["schemas"]["SensorStep"][];
            /** Format: date-time */
            until: string;
            vlans: components["schemas"]["VLANSteps"][];
        };
        SensorRow: {
            /** @description What is wrong: silent, behind, dropping, link, outbox, refused, disk, cert, clock */
            alarms: string[];
            /** Format: date-time */
            certEnds?: string;
            connected: boolean;
            /**
             * Format: date-time
             * @description End of what it has told of
             */
            coveredUntil?: string;
            /** Format: date-time */
            createdAt: string;
            /**
             * Format: int64
             * @description Percent
             */
            diskFree: number;
            /**
             * Format: int64
             * @description Packets that the kernel dropped since the sensor began
             */
            dropped: number;
            /** Format: date-time */
            enrolledAt?: string;
            /** @description Changes when the sensor is enrolled anew: then the certificate before is void */
            enrolment?: string;
            /** @description Address that it was enrolled from */
            from?: string;
            /** Format: date-time */
            heardAt?: string;
            interfaces: components["schemas"]["InterfaceHealth"][];
            /**
             * Format: int64
             * @description Batches that wait in its outbox, as the hub last heard
             */
            lag: number;
            /**
             * Format: double
             * @description Packets per second that the kernel dropped
             */
            lost: number;
            name: string;
            note?: string;
            /**
             * Format: double
             * @description Age in seconds of what the hub has not confirmed, as the sensor last said
             */
            oldest: number;
            outbox: components["schemas"]["OutboxHealth"];
            /**
             * Format: double
             * @description Packets per second
             */
            rate: number;
            /**
             * Format: int64
             * @description Batches that the outbox did not take since the sensor began
             */
            refused: number;
            /** Format: date-time */
            revokedAt?: string;
            /** @description Site that what it sees belongs to; the hub's word, not the sensor's */
            site: string;
            /** Format: date-time */
            started?: string;
            /** @enum {string} */
            state: "online" | "invited" | "stopped" | "revoked" | "impaired" | "behind" | "silent";
            version?: string;
        };
        SensorStep: {
            /** Format: date-time */
            at: string;
            /**
             * Format: double
             * @description Share of the step that the sensor told of, 0 to 1
             */
            covered: number;
            /** Format: int64 */
            dropped: number;
            /**
             * Format: int64
             * @description Batches that vanished on their way
             */
            missing: number;
            /** Format: int64 */
            packets: number;
        };
        SensorToken: {
            /** @description To be given on the sensor */
            command: string;
            /** Format: date-time */
            expiresAt: string;
            name: string;
            token: string;
        };
        Sent: {
            /** Format: date-time */
            at: string;
            by: string;
            device: string;
            field?: string;
            key: string;
            /** @description correction or work-order */
            kind: string;
            message: string;
            name: string;
            /** @description Where its message stands: pending, held, delivered, dead; gone when it is no longer kept */
            state: string;
            /** @description The value, or what is to be done */
            text: string;
        };
        Service: {
            /** Format: int32 */
            port: number;
            transport: string;
        };
        Session: {
            /** @description Whether everything shown is made up */
            demo: boolean;
            /**
             * Format: date-time
             * @description When the session ends unless something is asked for before
             */
            expiresAt: string;
            mustChangePassword: boolean;
            mustEnrolSecondFactor: boolean;
            /** @description What the roles allow at some place or other */
            permissions: string[];
            roles: components["schemas"]["Grant"][];
            /** @description Whether a second factor is set */
            secondFactor: boolean;
            /** @description Name of the site, where there is one */
            site?: string;
            user: components["schemas"]["Person"];
        };
        "Set-channel-stateRequest": {
            /** @enum {string} */
            state: "running" | "paused" | "draining";
        };
        "Set-default-viewRequest": {
            default: boolean;
        };
        "Set-quality-objectiveRequest": {
            channel?: string;
            /** Format: int64 */
            days: number;
            device?: string;
            /** @enum {string} */
            indicator: "arriving" | "clock" | "unique" | "units" | "plausible" | "complete" | "agreeing";
            /**
             * Format: double
             * @description Share that must be good, such as 0.99
             */
            target: number;
            unit?: string;
        };
        SetupStep: {
            /**
             * Format: date-time
             * @description When it was done
             */
            at?: string;
            done: boolean;
            /** @description Screen on which it is done */
            href: string;
            /** @enum {string} */
            id: "administrator" | "capture" | "devices" | "inventory" | "feeds" | "bills" | "backup";
        };
        ShadowBound: {
            aeTitle?: string;
            /** Format: int64 */
            count: number;
            device?: string;
            eui64?: string;
            location?: string;
            manufacturer?: string;
            model?: string;
            reasons?: string[];
            /** @description Both sides, where somebody is not who it says it is */
            rivals?: components["schemas"]["Sighting"][];
            serial?: string;
            software?: string;
            trust: string;
            udi?: string;
        };
        ShadowChannel: {
            adopted?: components["schemas"]["Adopted"];
            /** Format: double */
            answerLongestSeconds: number;
            /**
             * Format: double
             * @description Half of the answers came within this; 0 is none
             */
            answerP50Seconds: number;
            /** Format: double */
            answerP95Seconds: number;
            /** Format: int64 */
            answered: number;
            answers: {
                [key: string]: number;
            };
            /** Format: int64 */
            bytes: number;
            /**
             * Format: int64
             * @description Messages that were checked and in which nothing was found
             */
            clean: number;
            /** @description Only where one channel is asked for */
            conversations?: components["schemas"]["Conversation"][];
            /** Format: int64 */
            duplicates: number;
            /**
             * Format: int64
             * @description Connections that could not be looked into
             */
            encrypted: number;
            /**
             * Format: int64
             * @description Messages with an error
             */
            faulty: number;
            /** Format: date-time */
            first: string;
            /**
             * Format: int64
             * @description Connections given up for want of memory
             */
            givenUp: number;
            id: string;
            /** @description What is wrong, by rule and place; never a value */
            issues: components["schemas"]["OverheardIssue"][];
            /** Format: date-time */
            last: string;
            /** @description Address and port of who is spoken to */
            listener: string;
            /** @description Who that is in the inventory */
            listenerDevice?: string;
            /** Format: int64 */
            messages: number;
            /** @description What its channel would be called */
            name: string;
            /**
             * Format: int64
             * @description Addresses that speak to it
             */
            peers: number;
            /** @description hl7v2, dicom, fhir or mqtt */
            protocol: string;
            /** @description How its peers write and ask, as far as a channel must know */
            quirks: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description Messages with warnings only
             */
            remarked: number;
            /**
             * Format: int64
             * @description Control ids that came again with other content
             */
            reused: number;
            sensors: string[];
            /** @description Always true: Bedrail only overhears it */
            shadow: boolean;
            site?: string;
            /** @description Messages by the trust in who sent them, as the inventory stands now */
            trust: {
                [key: string]: number;
            };
            /** Format: int64 */
            unanswered: number;
            /**
             * Format: int64
             * @description Messages that were counted and not looked into
             */
            unchecked: number;
            /**
             * Format: int64
             * @description Answers that belong to nothing that was heard
             */
            unmatched: number;
            /** @description How a channel would take it over */
            way: components["schemas"]["Way"];
            would: components["schemas"]["Would"];
        };
        ShadowDraft: {
            /** @description As a person would write it; see the manual */
            definition: unknown;
            /** @description Whether the channel was made, paused */
            made: boolean;
            /** @description What a person must look at before it carries anything */
            notes: components["schemas"]["Left"][];
            problem?: string;
            shadow: string;
            /** @description The way to the cut-over, and back */
            steps: components["schemas"]["Step"][];
        };
        Share: {
            purpose?: string;
            removed?: string[];
            replaced?: string[];
        };
        Shown: {
            example: string;
            from: string;
            /** @description Made here, in place of or beside Bedrail's own */
            house: boolean;
            name: string;
            source: string;
            /** Format: int64 */
            tests: number;
            text: string;
            title: string;
            to: string;
            /** Format: int64 */
            version: number;
            versions: components["schemas"]["Version"][];
            when: string;
        };
        Sighting: {
            address?: string;
            /** Format: date-time */
            at?: string;
            device?: string;
            mac?: string;
            message?: string;
            number?: string;
            said: string;
        };
        SignedVEX: {
            document: {
                [key: string]: unknown;
            };
            /** @description Signed note over the SHA-256; absent where the key is not there */
            note?: string;
            sha256: string;
        };
        SourceLedger: {
            balanced: boolean;
            channel: string;
            /** Format: int64 */
            dead: number;
            /** Format: int64 */
            delivered: number;
            destinations: components["schemas"]["DestinationLedger"][];
            /** Format: int64 */
            duplicates: number;
            /** Format: int64 */
            filtered: number;
            /** Format: int64 */
            held: number;
            /** Format: int64 */
            pending: number;
            problems?: string[];
            /** Format: int64 */
            received: number;
            /** Format: int64 */
            rejected: number;
            /** Format: int64 */
            unassured: number;
        };
        SourceShare: {
            /**
             * Format: int64
             * @description Seen by this witness and no other
             */
            alone: number;
            /** Format: int64 */
            devices: number;
            /**
             * Format: double
             * @description Of the devices that any witness has seen, 0 to 1
             */
            share: number;
            source: string;
        };
        SourceStatus: {
            advice?: components["schemas"]["Advice"][];
            connections: components["schemas"]["Connection"][];
            lastError?: string;
            /** Format: date-time */
            lastErrorAt?: string;
            listening?: string;
            refused: components["schemas"]["Refusal"][];
        };
        Spec: {
            /** @enum {string} */
            cause: "compromised" | "mis-set" | "clock" | "other";
            device: string;
            /** @description Only say what it would touch */
            dryRun?: boolean;
            /**
             * Format: int64
             * @description Until when receivers answer; 72
             */
            dueHours?: number;
            /**
             * Format: date-time
             * @description By the time at which Bedrail received: the clock of the device may be what is wrong
             */
            from: string;
            /** @description Who waits for the answers; left out, the steward of each channel */
            owner?: string;
            reason: string;
            /** @description The receiver's acknowledgment of everything is its answer; otherwise somebody says that it acted */
            receiptIsAnswer?: boolean;
            /**
             * Format: double
             * @description With correct: what is added to the times of results, such as -3600 for a clock an hour ahead
             */
            shiftSeconds?: number;
            /**
             * @description Only tell; send again as wrong (OBX-11 W, entered-in-error); or send again with corrected times
             * @enum {string}
             */
            treatment: "notice" | "withdraw" | "correct";
            /**
             * Format: date-time
             * @description Left out, now
             */
            until?: string;
        };
        SplitInputBody: {
            /** @description Addresses, among unbound of the device, at which another device was heard */
            addresses?: string[];
            /** @description Hardware addresses that are another device */
            macs?: string[];
            /** @description The merge or split to take back */
            undo?: string;
        };
        SpotInput: {
            bed?: string;
            building?: string;
            floor?: string;
            room?: string;
            site?: string;
            unit?: string;
        };
        Stamp: {
            device?: string;
            reasons?: string[];
            trust: string;
        };
        Standard: {
            /** Format: int64 */
            asked: number;
            missing: string[];
            name: string;
            /** Format: double */
            score: number;
            /** Format: int64 */
            whole: number;
        };
        Standing: {
            /**
             * Format: int64
             * @description Entries that it has yet to get
             */
            behind: number;
            lastError?: string;
            name: string;
            /** Format: date-time */
            nextTry?: string;
            target: string;
            /**
             * Format: int64
             * @description The record up to this entry was taken
             */
            told: number;
        };
        Statement: {
            feed: string;
            id: string;
            /** Format: date-time */
            modified?: string;
            /** Format: date-time */
            published?: string;
            source: string;
            title: string;
        };
        StatementAnswer: {
            id: string;
            label: string;
            /** Format: int64 */
            line?: number;
            note?: string;
            section: string;
            value: string;
            was?: string;
        };
        StatementChange: {
            id: string;
            is: components["schemas"]["Answer"];
            label: string;
            note?: boolean;
            section: string;
            was: components["schemas"]["Answer"];
        };
        StatementDetail: {
            /** Format: int64 */
            answered: number;
            answers: components["schemas"]["StatementAnswer"][];
            /** Format: int64 */
            asked: number;
            at: string;
            by: string;
            /** @description What stands against it */
            contradictions: components["schemas"]["Contradiction"][];
            /** @description Number of the form */
            document?: string;
            /**
             * Format: int64
             * @description Problems beyond those listed
             */
            dropped?: number;
            /** @description Others of the model, the newest first */
            earlier: components["schemas"]["StatementSummary"][];
            edition: string;
            id: string;
            manufacturer: string;
            model: string;
            name: string;
            /** @description Questions of the 2013 edition that 2019 no longer asks */
            other: components["schemas"]["Answer"][];
            problems: components["schemas"]["Mds2Problem"][];
            /** @description As the form says */
            released?: string;
            sections: components["schemas"]["StatementSection"][];
            version?: string;
        };
        StatementSection: {
            /** Format: int64 */
            answered: number;
            /** Format: int64 */
            asked: number;
            code: string;
            label: string;
        };
        StatementSummary: {
            /** Format: int64 */
            answered: number;
            /** Format: int64 */
            asked: number;
            at: string;
            by: string;
            edition: string;
            id: string;
            manufacturer: string;
            model: string;
            name: string;
            problems: components["schemas"]["Mds2Problem"][];
            version?: string;
        };
        Status: {
            age: string;
            configured?: string;
            etag?: string;
            /** Format: date-time */
            importedAt?: string;
            kind: string;
            mirrors?: string[];
            missing: boolean;
            name: string;
            /** Format: date-time */
            newest?: string;
            problem?: string;
            /** Format: int64 */
            records: number;
            source: string;
            stale: boolean;
        };
        Step: {
            /** @description How it is undone */
            back?: string;
            text: string;
            title: string;
        };
        Stewardship: {
            channel: string;
            /**
             * Format: double
             * @description How long content stays readable
             */
            keepHours: number;
            /** @description The channel says so; else it is the usual time */
            keepStated: boolean;
            /** @description steward, purpose, retention, objective: what nobody has said yet */
            lacks: string[];
            /** @description Quality objectives of this feed's own; those of the whole house hold beside them */
            objectives: string[];
            /**
             * @description A channel of the configuration is changed in its file
             * @enum {string}
             */
            origin: "configuration" | "person";
            purpose?: string;
            site?: string;
            steward?: string;
            unit?: string;
            /** Format: int64 */
            version: number;
            /** @description The objective that has the least left, over what this feed said */
            worst?: components["schemas"]["Budget"];
        };
        StewardshipBody: {
            /**
             * Format: double
             * @description How long content stays readable; 0 is the usual time
             */
            keepHours?: number;
            purpose: string;
            steward: string;
            /**
             * Format: int64
             * @description Of the channel, that was looked at
             */
            version: number;
        };
        StoreStatus: {
            /** Format: int64 */
            bytes: number;
            engine: string;
            readOnly: boolean;
            /** @description Why nothing can be changed now */
            why?: string;
        };
        Summary: {
            /**
             * Format: ip
             * @description The address that it has now, as far as is known
             */
            address?: string;
            /** @description All that it had */
            addresses: string[];
            assetTag: string;
            attachment: string;
            behind: string;
            class: components["schemas"]["Brief"];
            /** Format: int64 */
            conflicts: number;
            exposure: components["schemas"]["Exposed"];
            /**
             * Format: date-time
             * @description When the network heard it first. Absent when it never did
             */
            firstSeen?: string;
            hostnames: string[];
            id: string;
            /**
             * Format: date-time
             * @description When the network heard it last. Absent when it never did
             */
            lastSeen?: string;
            location: components["schemas"]["PlacedAt"];
            macs: string[];
            manufacturer: components["schemas"]["Brief"];
            model: components["schemas"]["Brief"];
            name: string;
            operatingSystem: components["schemas"]["Brief"];
            posture: string[];
            protocols: string[];
            randomised?: boolean;
            /**
             * Format: date-time
             * @description When a list, a DHCP server's leases or a vendor's cloud spoke of it last
             */
            reported?: string;
            roles: string[];
            serialNumber: components["schemas"]["Brief"];
            softwareVersion: components["schemas"]["Brief"];
            state: string;
            /** @description Of the operating system, or of the model where no record knows the system */
            support: components["schemas"]["Support"];
            tags: string[];
            /** Format: int64 */
            version: number;
        };
        Support: {
            /** @description A day, where one is known */
            ends?: string;
            /** @description Product and release */
            of?: string;
            /** @enum {string} */
            state: "over" | "ending" | "supported" | "undecidable" | "none";
        };
        Sure: {
            /**
             * Format: double
             * @description Upper end
             */
            high: number;
            /**
             * Format: double
             * @description Lower end of the interval that holds the true share with 95 %
             */
            low: number;
            /**
             * Format: int64
             * @description Values that were judged by a known truth
             */
            of: number;
            /**
             * Format: double
             * @description Of the values that were judged, the share that was right
             */
            share: number;
        };
        System: {
            bus: components["schemas"]["BusStatus"];
            capture: components["schemas"]["CaptureStatus"][];
            commit: string;
            demo: boolean;
            disk: components["schemas"]["DiskStatus"];
            /** Format: date-time */
            startedAt: string;
            store: components["schemas"]["StoreStatus"];
            version: string;
            warnings: components["schemas"]["Warning"][];
        };
        Talk: {
            /** Format: int64 */
            bytesDown: number;
            /** Format: int64 */
            bytesUp: number;
            direction: string;
            encrypted: boolean;
            /** Format: date-time */
            first: string;
            /** Format: date-time */
            last: string;
            /** Format: int64 */
            packets: number;
            peer: components["schemas"]["Peer"];
            /** Format: int32 */
            port: number;
            protocol: string;
            transport: string;
        };
        Tally: {
            /** Format: int64 */
            count: number;
            value: string;
        };
        Target: {
            /** @description Webhook: the URL. Syslog: host:port. Email: host:port of the mail server */
            address: string;
            /** @description Certificates in PEM that the other side must come from; empty is those of this machine */
            ca?: string;
            /** Format: date-time */
            changedAt: string;
            changedBy: string;
            /**
             * Format: int64
             * @description Letters that could not be delivered
             */
            dead: number;
            /**
             * @description Gather notices into one letter; only by email
             * @enum {string}
             */
            digest: "at-once" | "daily" | "weekly";
            /**
             * @description Of syslog: cef or ocsf, or atna for an audit repository, which gets the audit record as DICOM audit messages instead of notices
             * @enum {string}
             */
            format?: "cef" | "ocsf" | "atna";
            /** @description Of email: the sender */
            from?: string;
            /**
             * Format: int64
             * @description When a digest goes out, in the time zone of the server; weekly ones go on Monday
             */
            hour: number;
            id: string;
            /** @description Kinds of notices, for example exposure.new or exposure.*; empty is all */
            kinds: string[];
            /** @description Of the oldest letter that still waits */
            lastError?: string;
            /** Format: date-time */
            lastSent?: string;
            /**
             * @description The least level
             * @enum {string}
             */
            level: "info" | "warning" | "urgent";
            name: string;
            /** @description Off: nothing is sent, and nothing is kept for later */
            on: boolean;
            /** @description Of atna: name patients by their identifiers; else by pseudonyms */
            patients?: boolean;
            /**
             * @description Of email: starttls, tls, or none for a relay on this very machine
             * @enum {string}
             */
            security?: "starttls" | "tls" | "none";
            /** @description Sites; notices of no site always count; empty is all */
            sites: string[];
            /** @description Of email: the receivers */
            to: string[];
            /** @description Of email: login name at the mail server */
            user?: string;
            /** Format: int64 */
            version: number;
            /**
             * Format: int64
             * @description Letters on their way
             */
            waiting: number;
            /** @enum {string} */
            way: "webhook" | "syslog" | "email";
        };
        TargetInput: {
            /** @description Webhook: the URL. Syslog: host:port. Email: host:port of the mail server */
            address: string;
            /** @description Certificates in PEM that the other side must come from */
            ca?: string;
            /**
             * @description Of email: gather notices into one
             * @enum {string}
             */
            digest?: "at-once" | "daily" | "weekly";
            /**
             * @description Of syslog; atna is an audit repository
             * @enum {string}
             */
            format?: "cef" | "ocsf" | "atna";
            from?: string;
            /**
             * Format: int64
             * @description Of a digest, in the time zone of the server
             */
            hour?: number;
            /** @description Kinds of notices, for example exposure.new or exposure.*; none is all */
            kinds?: string[];
            /**
             * @description The least level; info when absent
             * @enum {string}
             */
            level?: "info" | "warning" | "urgent";
            name: string;
            on: boolean;
            /** @description Of atna: name patients by their identifiers; else by pseudonyms */
            patients?: boolean;
            /** @description What is empty stays as it is */
            secrets?: components["schemas"]["TargetSecrets"];
            /**
             * @description Of email
             * @enum {string}
             */
            security?: "starttls" | "tls" | "none";
            /** @description None is all; notices of no site always count */
            sites?: string[];
            to?: string[];
            user?: string;
            /** @enum {string} */
            way: "webhook" | "syslog" | "email";
        };
        TargetSecrets: {
            /** @description Certificate in PEM to show to the other side */
            clientCert?: string;
            /** @description And its key */
            clientKey?: string;
            /** @description Of email: at the mail server */
            password?: string;
        };
        Task: {
            action?: string;
            /** Format: date-time */
            at?: string;
            by?: string;
            class?: string;
            device: string;
            id: string;
            manufacturer: string;
            match: string;
            model: string;
            name: string;
            note?: string;
            reason: string;
            recall: string;
            serialNumber: string;
            site: string;
            state: string;
            title: string;
            unit: string;
        };
        Token: {
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            expiresAt: string;
            id: string;
            /** Format: date-time */
            lastUsed?: string;
            name: string;
            owner: string;
            /** @description First letters of the secret */
            prefix: string;
            /** Format: date-time */
            revokedAt?: string;
            roles: components["schemas"]["Grant"][];
            /** @description The secret; shown once, after it was made */
            token?: string;
        };
        Total: {
            /** Format: int64 */
            affected: number;
            /** Format: int64 */
            bills: number;
            /** Format: int64 */
            decisions: number;
            /** Format: int64 */
            devices: number;
            /** Format: int64 */
            findings: number;
            /** Format: int64 */
            undecidable: number;
        };
        TraceStep: {
            /** Format: date-time */
            at: string;
            by: string;
            did: string;
            note: string;
            /** Format: int64 */
            seq: number;
        };
        TrafficGap: {
            /** Format: date-time */
            from: string;
            interface?: string;
            /** Format: int64 */
            missing?: number;
            reason: string;
            /** Format: date-time */
            until: string;
        };
        Transfer: {
            agreement?: string;
            by: string;
            controls: string;
            on: string;
            reviewBy: string;
            role?: string;
        };
        Trial: {
            against: string;
            /** Format: int64 */
            changed: number;
            lines: components["schemas"]["DiffLine"][];
            policy: string;
            problems: components["schemas"]["PolicyProblem"][];
            purchases: components["schemas"]["TrialPurchase"][];
        };
        TrialProbe: {
            error?: string;
            name: string;
            reached: boolean;
        };
        TrialPurchase: {
            /** Format: date-time */
            at: string;
            better: string[];
            from: string;
            id: string;
            reworded: string[];
            /** Format: int64 */
            score: number;
            stage: string;
            title: string;
            to: string;
            /** Format: int64 */
            was: number;
            worse: string[];
        };
        TrialTest: {
            issues?: string[];
            name: string;
            outcome: string;
            passed: boolean;
            sent?: {
                [key: string]: string;
            };
            shares?: {
                [key: string]: components["schemas"]["Share"];
            };
            state: string;
            wrong?: string[];
        };
        Turn: {
            /** Format: int64 */
            devices: number;
            exception?: components["schemas"]["Exception"];
            /** Format: date-time */
            from?: string;
            means: string;
            model: components["schemas"]["ModelKey"];
            next: string;
            order: string;
            /** Format: date-time */
            overdueSince?: string;
            site: string;
            stage: string;
            target?: string;
            unit: string;
            /** Format: date-time */
            until?: string;
            /** Format: int64 */
            verified: number;
            who: string[];
            why?: string;
            /** Format: int64 */
            windows: number;
        };
        Undone: {
            /**
             * Format: int64
             * @description What it alone said of devices, and was forgotten
             */
            claims: number;
            /**
             * Format: int64
             * @description Devices that nothing else spoke of
             */
            gone: number;
            /**
             * Format: int64
             * @description Links to patients that ended and are kept: they are under legal hold
             */
            held: number;
            /** @description Devices that nothing else speaks of and that are kept for the sake of such links */
            heldDevices: string[];
            /**
             * Format: int64
             * @description Links to patients: forgotten, or again as they were
             */
            links: number;
            /**
             * Format: int64
             * @description Places that it put on the list
             */
            places: number;
            /**
             * Format: int64
             * @description Devices that something else speaks of
             */
            stay: number;
        };
        UnidentifiedRow: {
            address: string;
            /** @description All that it had */
            addresses: string[];
            assetTag: string;
            attachment: string;
            behind: string;
            class: components["schemas"]["Brief"];
            /** Format: int64 */
            conflicts: number;
            exposure: components["schemas"]["Exposed"];
            /**
             * Format: date-time
             * @description When the network heard it first. Absent when it never did
             */
            firstSeen?: string;
            /** @description The best guess in words */
            guess: string;
            guesses: components["schemas"]["Guess"][];
            hostnames: string[];
            id: string;
            /**
             * Format: date-time
             * @description When the network heard it last. Absent when it never did
             */
            lastSeen?: string;
            location: components["schemas"]["PlacedAt"];
            macs: string[];
            manufacturer: components["schemas"]["Brief"];
            model: components["schemas"]["Brief"];
            name: string;
            operatingSystem: components["schemas"]["Brief"];
            posture: string[];
            protocols: string[];
            randomised?: boolean;
            /**
             * Format: date-time
             * @description When a list, a DHCP server's leases or a vendor's cloud spoke of it last
             */
            reported?: string;
            roles: string[];
            serialNumber: components["schemas"]["Brief"];
            shows: components["schemas"]["Saying"][];
            /** Format: int64 */
            similar: number;
            site: string;
            softwareVersion: components["schemas"]["Brief"];
            state: string;
            /** @description Of the best guess: strong, fair, weak or none */
            strength: string;
            /** @description Of the operating system, or of the model where no record knows the system */
            support: components["schemas"]["Support"];
            tags: string[];
            unit: string;
            /** Format: int64 */
            version: number;
        };
        UnitCount: {
            /** Format: int64 */
            devices: number;
            site: string;
            unit: string;
        };
        UnitTotal: {
            /** Format: int64 */
            affected: number;
            /** Format: int64 */
            devices: number;
            /** Format: int64 */
            endOfLife: number;
            /** Format: int64 */
            recallUndecidable: number;
            /** Format: int64 */
            recalled: number;
            site: string;
            /** Format: int64 */
            undecidable: number;
            unit: string;
        };
        UsedHour: {
            /** Format: int64 */
            events: number;
            /** Format: date-time */
            hour: string;
            kind: string;
            /** Format: int64 */
            minutes: number;
        };
        UsedHours: {
            /** Format: double */
            dayHours: number;
            /** Format: int64 */
            events: number;
            kind: string;
            /** Format: double */
            weekHours: number;
        };
        User: {
            /** Format: date-time */
            createdAt: string;
            disabled: boolean;
            displayName: string;
            id: string;
            /** Format: date-time */
            lastLogin?: string;
            mustChangePassword: boolean;
            name: string;
            /** @description Shown once, after it was made */
            oneTimePassword?: string;
            roles: components["schemas"]["Grant"][];
            secondFactor: boolean;
            /** Format: int64 */
            version: number;
        };
        UserChange: {
            disabled?: boolean;
            displayName?: string;
            /** @description Give a new one-time password */
            resetPassword?: boolean;
            /** @description Forget the second factor, as when a phone is lost */
            resetSecondFactor?: boolean;
            roles?: components["schemas"]["Grant"][];
        };
        Utilisation: {
            hours: components["schemas"]["UsedHour"][];
            inUse: boolean;
            kinds: components["schemas"]["UsedHours"][];
            /** Format: date-time */
            last?: string;
        };
        VLANSteps: {
            packets: number[];
            /**
             * Format: int32
             * @description 0 is without a tag
             */
            vlan: number;
        };
        Value: {
            /**
             * Format: double
             * @description 0 to 1: what the evidence weighs together. It orders values and decides the status; it is not how often such a value is right
             */
            confidence: number;
            evidence: components["schemas"]["Evidence"][];
            status: string;
            /** @description How often values of this attribute with this status were right where the truth was known. Absent until enough were judged */
            sure?: components["schemas"]["Sure"];
            value: string;
        };
        Verdict: {
            mapping: string;
            misses: components["schemas"]["Mistake"][];
            passed: boolean;
            test: string;
        };
        Version: {
            /** Format: date-time */
            at: string;
            by: string;
            inForce: boolean;
            name: string;
            note?: string;
            /** Format: int64 */
            number: number;
            text: string;
        };
        VersionChanged: {
            from: string;
            name: string;
            purl: string;
            to: string;
        };
        VersionSeen: {
            field: string;
            /** Format: date-time */
            first: string;
            /** Format: date-time */
            last: string;
            source: string;
            value: string;
        };
        View: {
            asked: string;
            /** Format: date-time */
            at: string;
            bills: components["schemas"]["BillKnown"][];
            checkpoint?: string;
            decisions: components["schemas"]["Decision"][];
            devices: components["schemas"]["DeviceThen"][];
            /** Format: int64 */
            entries: number;
            feeds: components["schemas"]["Feed"][];
            findings: components["schemas"]["Finding"][];
            limits: string[];
            records: {
                [key: string]: number;
            };
            statements: components["schemas"]["Statement"][];
            total: components["schemas"]["Total"];
        };
        ViewInputBody: {
            /** @description Open the list with it from now on */
            default?: boolean;
            /** @description Name of the list, for example devices */
            list: string;
            name: string;
            /** @description Query part of the list's address */
            search: string;
            /** @description Let everybody see it */
            shared?: boolean;
        };
        VulnTotal: {
            /** Format: int64 */
            affected: number;
            byUnit: components["schemas"]["UnitTotal"][];
            /** Format: int64 */
            endOfLife: number;
            /**
             * Format: int64
             * @description Devices that a recall may name: their version, lot or serial number is not known, or the recall does not say it
             */
            recallUndecidable: number;
            /**
             * Format: int64
             * @description Devices that a recall names
             */
            recalled: number;
            /** Format: int64 */
            undecidable: number;
        };
        Warning: {
            code: string;
            /** @description What is wrong */
            detail: string;
            /** @description What to do about it */
            mend: string;
        };
        Watched: {
            /** Format: int64 */
            dropped: number;
            /** Format: int64 */
            packets: number;
            /** Format: int64 */
            sensors: number;
        };
        Way: {
            /** @enum {string} */
            kind: "through" | "between" | "beside" | "none";
            /** @description What that means, or why there is none */
            text: string;
        };
        Weakness: {
            code: string;
            /** Format: int64 */
            count: number;
            evidence: components["schemas"]["Evidence"][];
            /** Format: date-time */
            first: string;
            /** Format: date-time */
            last: string;
            text: string;
        };
        Window: {
            devices: string[];
            explained: string;
            /** Format: date-time */
            from: string;
            /** Format: double */
            idle: number;
            joined: string[];
            /** Format: int64 */
            loaned?: number;
            measured: boolean;
            /** Format: int64 */
            remains: number;
            /** @enum {string} */
            source?: "messages" | "volume" | "both";
            /** Format: date-time */
            until: string;
        };
        WireAdvice: {
            channel: string;
            code: string;
            mend: string;
            peer?: string;
            text: string;
            /** @description source, or the name of a destination */
            way: string;
        };
        WorkOrderInputBody: {
            devices: string[];
            dryRun?: boolean;
            /** @enum {string} */
            priority?: "low" | "normal" | "high";
            summary: string;
            text?: string;
        };
        Would: {
            /**
             * Format: int64
             * @description Passed on, and nothing to remark
             */
            accept: number;
            /**
             * Format: int64
             * @description Answered as before and not delivered twice
             */
            duplicate: number;
            /**
             * Format: int64
             * @description No destination would want it
             */
            filter: number;
            /** Format: int64 */
            hold: number;
            /** @description How the mapping to FHIR did with samples of each type */
            mappings: components["schemas"]["OverheardMap"][];
            /** @description Messages for which a destination asks for content, which was not kept */
            perhaps: {
                [key: string]: number;
            };
            /** @description The channel whose policy is asked; empty is that of the draft */
            policy: string;
            /** @description Why it would be held or rejected */
            reasons: {
                [key: string]: number;
            };
            /** Format: int64 */
            reject: number;
            /**
             * Format: int64
             * @description Passed on, with what was found
             */
            tag: number;
            /** @description Messages by destination */
            to: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description Messages that a destination would need mapped, and whose type has no mapping
             */
            unmappable: number;
        };
        WriteBackInputBody: {
            /** @description Say what would be sent, and send nothing */
            dryRun?: boolean;
            /** @description Of corrections */
            keys: string[];
        };
        WriteBackReport: {
            /**
             * Format: int64
             * @description Sent before, and not again
             */
            already: number;
            dryRun: boolean;
            refused: components["schemas"]["BulkRefusal"][];
            /** @description What is sent, or would be */
            sending: components["schemas"]["Sent"][];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "get-advisory": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdvisoryDetail"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "undo-answer": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-as-of": {
        parameters: {
            query: {
                /** @description A day, 2006-01-02, which means its end (UTC), or a moment (RFC 3339) */
                day: string;
                /** @description By any of its names */
                vulnerability?: string;
                manufacturer?: string;
                model?: string;
                /** @description Identifier of one device: what was known of it, and of its model */
                device?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["View"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-as-of-page": {
        parameters: {
            query: {
                /** @description A day, 2006-01-02, which means its end (UTC), or a moment (RFC 3339) */
                day: string;
                /** @description By any of its names */
                vulnerability?: string;
                manufacturer?: string;
                model?: string;
                /** @description Identifier of one device: what was known of it, and of its model */
                device?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html; charset=utf-8": unknown;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-audit": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListAuditEntry"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-audit-checkpoint": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditCheckpoint"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-audit-events": {
        parameters: {
            query?: {
                /** @description Of the entry, or of the device's messages */
                from?: string;
                until?: string;
                message?: string;
                /** @description All messages of a device; a page is then one of messages */
                device?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/fhir+json": unknown;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "export-audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/jsonl": unknown;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-audit-key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditKey"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-audit-repositories": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Repositories"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "verify-audit": {
        parameters: {
            query?: {
                /** @description A signed checkpoint that was kept elsewhere */
                checkpoint?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditReport"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "start-verify-audit": {
        parameters: {
            query?: {
                /** @description A signed checkpoint that was kept elsewhere */
                checkpoint?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "prove-audit": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                seq: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Proof"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-backups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Backups"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "make-backup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "verify-backup": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-bills": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiListSummary"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-bill": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bill"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-bill-components": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListComponent"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "diff-bills": {
        parameters: {
            query: {
                /** @description Identifier of the older bill */
                from: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SbomDifference"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-bill-graph": {
        parameters: {
            query?: {
                /** @description Place among the components; -1 asks for those that nothing needs */
                component?: number;
                /** @description down: what it needs; up: what needs it */
                direction?: "down" | "up";
                offset?: number;
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Neighbourhood"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-bill-history": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListEdition"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-bill-support": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListComponentLife"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-calendars": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListCalendar"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "open-calendar": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CalendarInputBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CalendarMade"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-calendar-feed": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                secret: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/calendar; charset=utf-8": unknown;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "close-calendar": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "check-channel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChannelDraftInput"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChannelDraft"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-gaps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListGap"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "import-channels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Import-channelsRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChannelImport"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-channel-kinds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChannelKinds"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-channels": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListChannel"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "create-channel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-channel": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "change-channel": {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that you saw */
                "If-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "delete-channel": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "set-channel-state": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Set-channel-stateRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "test-channel": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExchangeTrial"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-channel-versions": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListChannel"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-contradictions": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListContradiction"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-controls": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListControlStatus"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "bind-control": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ControlBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ControlStatus"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "retire-control": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-corrections": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListCorrection"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-corrections-outbox": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OutboxState"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "send-corrections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WriteBackInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WriteBackReport"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-coverage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CoverageReport"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-data-recalls": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListRecall"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "open-data-recall": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Spec"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecallRecall"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-data-recall": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecallRecall"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "approve-data-recall": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecallRecall"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "close-data-recall": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Close-data-recallRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecallRecall"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "continue-data-recall": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecallRecall"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "reveal-data-recall-patients": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reveal-data-recall-patientsRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiNamed"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "answer-data-recall": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                channel: string;
                destination: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AnswerSpec"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecallRecall"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-data-recall-resources": {
        parameters: {
            query?: {
                /** @description The last message of the part before */
                after?: string;
                /** @description How many deliveries are opened */
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListResource"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-decisions": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListDecision"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-demo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Demo"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "stage-demo-event": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description advisory, move, spoof, silence or vendor */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DemoEvent"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-devices": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListSummary"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "find-devices-of-patient": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PatientSearchBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListDeviceOf"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "change-devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BulkInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkAnswer"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "undo-change-devices": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "export-devices": {
        parameters: {
            query: {
                /** @description writeback: what the maintenance system's list should be told; netbox and servicenow: CSV as their imports take it; fhir: a Bundle of Device resources (R4) */
                format: "writeback" | "netbox" | "servicenow" | "fhir";
                filter?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "count-devices": {
        parameters: {
            query: {
                /** @description Fields with commas between them, for example class,unit */
                fields: string;
                filter?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Facets"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "merge-devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MergeInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceView"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-device": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceView"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "change-device": {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that you saw */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/merge-patch+json": components["schemas"]["DevicePatchBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceView"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-device-association": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssociationState"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "hold-device-association": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HoldInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Changed"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "reveal-device-association": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PurposeInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListBelonging"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-device-behaviour": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Behaviour"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "freeze-device-behaviour": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Behaviour"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-device-changes": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListBulkPart"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "undo-device-change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                change: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkReport"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-device-conversations": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListTalk"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-device-exposures": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceExposures"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "identify-device": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AnswerInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answered"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-device-links": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListLink"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "split-device": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SplitInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceView"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-device-timeline": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListEvent"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-device-utilisation": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Utilisation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-documents": {
        parameters: {
            query: {
                /** @description Identifier of the model record, purchase, recall or device */
                subject: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListDocument"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "attach-document": {
        parameters: {
            query: {
                /** @description Identifier of the model record, purchase, recall or device */
                subject: string;
                name: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Document"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "remove-document": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-document-content": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "stream-events": {
        parameters: {
            query?: {
                /** @description devices, findings, jobs, feeds, audit, coverage, notices, exchange; absent is all that you may see */
                topics?: string[] | null;
            };
            header?: {
                /** @description Where the stream broke off; browsers send it by themselves */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": unknown;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-feeds": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListStatus"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "sync-feeds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Result"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "sync-feed": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Result"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-findings": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListFinding"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "decide-findings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DecideBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DecisionOutcome"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "export-findings": {
        parameters: {
            query: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
                format: "openvex" | "csaf" | "cyclonedx";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedVEX"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-finding": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FindingDetail"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-imports": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListImportRecord"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "import-file": {
        parameters: {
            query: {
                /** @description What the file is */
                kind: "pcap" | "sbom" | "vex" | "cmms" | "locations" | "leases" | "feed" | "zeek" | "switch" | "wlc" | "cloud" | "flows" | "mds2" | "maintenance";
                /** @description The file's name, for evidence and messages */
                name?: string;
                /** @description Say what would change, and change nothing */
                dryRun?: boolean;
                /** @description sbom, vex, mds2: whose model the file is about; cloud: whose cloud it is */
                manufacturer?: string;
                model?: string;
                version?: string;
                /** @description The site that the file is about */
                site?: string;
                /** @description cloud: the unit or programme that the devices belong to */
                unit?: string;
                /** @description cmms, locations: what the columns hold, a JSON object from heading to field as the result of an import gives it; a field "-" leaves a column out */
                mapping?: string;
                /** @description cmms, locations: the name of a mapping that was saved, instead of mapping */
                saved?: string;
                /** @description vex: whose word it is; absent is told from the author and the model's maker */
                authority?: "manufacturer" | "hospital" | "third-party";
                /** @description leases: isc, kea, dnsmasq or windows; absent is told from the file */
                format?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "look-at-columns": {
        parameters: {
            query: {
                /** @description Of what it is a list */
                kind: "cmms" | "locations";
                /** @description The file's name, for messages */
                name?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Columns"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-column-mappings": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListColumnMapping"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "save-column-mapping": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MappingInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ColumnMapping"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "remove-column-mapping": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "undo-import": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Undone"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-jobs": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListJob"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-job": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "cancel-job": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "resume-job": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-ledger": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListStanding"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-model-record": {
        parameters: {
            query: {
                manufacturer: string;
                model: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelRecord"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "save-model-record": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ModelRecordBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelRecord"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-letters": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListLetter"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "discard-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LettersChosen"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LettersChanged"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "retry-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LettersChosen"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LettersChanged"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-lifecycle": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListLifecycleRow"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-component-support": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListComponentStanding"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-component-record": {
        parameters: {
            query: {
                name: string;
                /** @description Of the component; empty is every one */
                version?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ComponentRecord"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "save-component-record": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ComponentSaveInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ComponentRecord"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "forecast-lifecycle": {
        parameters: {
            query?: {
                years?: number;
                /** @description A day, 2006-01-02: only that day, with the devices that are without support by then */
                on?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ForecastAnswer"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-locations": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListPlaceNode"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "add-location": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlaceBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlaceView"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "change-location": {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that you saw */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlaceBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlaceView"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "remove-location": {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that you saw */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "draw-map": {
        parameters: {
            query?: {
                level?: "zones" | "zone" | "device" | "whole";
                /** @description Id of a zone, of level zone */
                zone?: string;
                /** @description Id of a device, of level device */
                device?: string;
                /** @description How far back */
                since?: "1h" | "24h" | "7d" | "30d";
                /** @description Show name and time services, directories and network equipment */
                infrastructure?: boolean;
                /** @description Ids of nodes to leave out, with commas between them */
                exclude?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Picture"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-mappings": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListListed"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "save-mapping": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MappingSaveInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "try-mapping": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MappingTryInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Preview"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-mapping": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the mapping */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Shown"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "retire-mapping": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the mapping */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-statements": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListStatementSummary"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-statement": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StatementDetail"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "diff-statements": {
        parameters: {
            query: {
                /** @description Identifier of the older one */
                from: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListStatementChange"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-messages": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListMessage"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "account-messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AccountSpec"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "associate-messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CorrectSpec"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CorrectReport"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "forget-messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Forget-messagesRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Changed"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-held": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListHeldBacklog"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-ledger": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ledger"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "hold-messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Hold-messagesRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Changed"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "replay-messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReplaySpec"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replay"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-message": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageDetail"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "prove-message": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProofFile"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-message-provenance": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/fhir+json": unknown;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "repair-message": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Repair"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RepairDone"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "reveal-message": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reveal-messageRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageContent"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "trace-message": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageTrace"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-models": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListModelPosture"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-model-behaviour": {
        parameters: {
            query: {
                manufacturer: string;
                model: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Behaviour"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "freeze-model-behaviour": {
        parameters: {
            query: {
                manufacturer: string;
                model: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Behaviour"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Notices"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "read-notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Read-notificationsRequest"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-patches": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListOrder"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "propose-patches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PatchAsk"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListOrder"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-patch": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "agree-patch": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgreeInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "except-patch": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExceptInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "set-patch-stage": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PatchStageInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-procurement-policy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyAnswer"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "set-procurement-policy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PolicyInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyVersion"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "try-procurement-policy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PolicyInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trial"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "diff-procurement-policies": {
        parameters: {
            query: {
                /** @description Identifier of the older one */
                from: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListDiffLine"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-purchases": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListPurchase"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "open-purchase": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PurchaseBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Purchase"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-purchase": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Purchase"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "assess-purchase": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Purchase"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "decide-purchase": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChooseInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Purchase"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "accept-deviation": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeviationInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Purchase"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "second-purchase": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SecondInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Purchase"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-quality": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListRow"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-quality-alerts": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListAlert"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "answer-quality-alert": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Answer-quality-alertRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alert"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-quality-objectives": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListReached"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "set-quality-objective": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Set-quality-objectiveRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Objective"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "remove-quality-objective": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-wire-advice": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListWireAdvice"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-quality": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QualityDetail"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-recalls": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListRecallRow"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-recall-work": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListTask"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "answer-recalls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RecallAnswerInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListTask"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "reconcile-inventory": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reconciliation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-differences": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListDifference"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-unmatched": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path: {
                /** @description unlisted: on the wire, not on the list; silent: on the list, not heard for thirty days */
                side: "unlisted" | "silent";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListMismatch"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-release-places": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListPlace"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-released": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
                /** @description Only of this definition */
                name?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListDone"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "take-release": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-releases": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListKept"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-release": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Kept"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "put-release": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReleasePut"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Kept"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "agree-release": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReleaseVersion"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Kept"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "forget-release-key": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Forget-release-keyRequest"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "run-release": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunSpec"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-replays": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListReplay"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "approve-replay": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replay"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoleTable"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-sensors": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListSensorRow"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "enrol-sensor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SensorInputBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SensorToken"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-sensor": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SensorRow"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-sensor-coverage": {
        parameters: {
            query?: {
                /** @description Empty is a day before until */
                from?: string;
                /** @description Empty is now */
                until?: string;
                /** @description Minutes in one step; 0 is ten */
                step?: number;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SensorPicture"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "revoke-sensor": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RevokeInputBody"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "open-session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Credentials"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "close-session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "change-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "prove-second-factor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FactorCode"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "begin-second-factor": {
        parameters: {
            query?: never;
            header?: {
                "Second-Factor"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Factor"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListSetupStep"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-shadow-channels": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
                /** @description Over how many days it is summed */
                days?: number;
                /** @description A channel whose policy is asked; left out, that of the draft */
                policy?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiListChannel"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-shadow-channel": {
        parameters: {
            query?: {
                /** @description Over how many days it is summed */
                days?: number;
                /** @description A channel whose policy is asked; left out, that of the draft */
                policy?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShadowChannel"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "adopt-shadow-channel": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Adopt-shadow-channelRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShadowDraft"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-stewardship": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListStewardship"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "set-stewardship": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StewardshipBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Overview"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-system": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["System"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-targets": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListTarget"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "create-target": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TargetInput"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiTarget"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-target": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiTarget"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "change-target": {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that you saw */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TargetInput"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiTarget"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "remove-target": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "rotate-target": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiTarget"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "test-target": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-tokens": {
        parameters: {
            query?: {
                /** @description Everybody's, for administrators */
                all?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListToken"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "create-token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewToken"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "revoke-token": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-unidentified": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListUnidentifiedRow"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-users": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListUser"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "create-user": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewUser"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-user": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "change-user": {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that you saw */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-views": {
        parameters: {
            query?: {
                /** @description Of this list only */
                list?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListView"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "save-view": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ViewInputBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeskView"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "remove-view": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "set-default-view": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Set-default-viewRequest"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "send-work-orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WorkOrderInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WriteBackReport"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-written-back": {
        parameters: {
            query?: {
                /** @description Filter, for example: class:infusion-pump severity>=high last_seen<7d */
                filter?: string;
                /** @description Fields with commas between them; a leading minus turns the order round */
                sort?: string;
                /** @description Rows on one page */
                limit?: number;
                /** @description nextCursor of the page before */
                cursor?: string;
                /** @description Jump to a row; not together with cursor */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListSent"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
