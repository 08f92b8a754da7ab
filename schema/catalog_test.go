package schema

// testCatalog stands for the folders under templates/, with every kind of
// keyword that an options schema may use.
var testCatalog = Catalog{
	OSes: []string{"flatcar", "fedora-coreos", "ubuntu", "debian"},
	Networks: map[string][]byte{
		"flannel": []byte(`{
			"$schema": "https://json-schema.org/draft/2020-12/schema",
			"$id": "https://example.com/flannel",
			"title": "flannel", "type": "object", "additionalProperties": false,
			"properties": {
				"backend": {"$ref": "#/$defs/backend", "title": "Backend", "description": "How packets travel.", "examples": ["vxlan"], "default": "vxlan"},
				"mtu": {"title": "MTU", "description": "Bytes of a packet.", "examples": [1450], "type": "integer", "minimum": 576}
			},
			"$defs": {"backend": {"type": "string", "enum": ["vxlan", "host-gw", "wireguard"]}}
		}`),
		"kube-router": []byte(`{"title": "kube-router", "type": "object", "additionalProperties": false, "properties": {
			"overlay": {"title": "Overlay", "description": "When packets are wrapped.", "examples": ["full"], "type": "string", "default": "subnet"}
		}}`),
		"none": []byte(`{"type": "object", "additionalProperties": false}`),
	},
	Addons: map[string][]byte{
		"coredns":        addon(true, `"replicas": {"title": "Replicas", "description": "Number of pods.", "examples": [2], "type": "integer", "minimum": 1, "default": 2}`),
		"metrics-server": addon(true, ""),

		"cloud-controller-manager": addon(false, ""),
		"fluent-bit": addon(false, `
			"output": {"title": "Output", "description": "Where logs go.", "examples": ["stdout"], "type": "string", "minLength": 1},
			"host": {"title": "Host", "description": "A host.", "examples": ["a"], "type": "string", "maxLength": 32},
			"retries": {"title": "Retries", "description": "How often.", "examples": [2], "type": "integer", "multipleOf": 2},
			"labels": {"title": "Labels", "description": "Some labels.", "examples": [{"a": "b"}], "type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1},
			"tags": {"title": "Tags", "description": "Some tags.", "examples": [["a"]], "type": "array", "maxItems": 3, "items": {"type": "string"}},
			"share": {"title": "Share", "description": "A part of one.", "examples": [0.5], "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
			"weight": {"title": "Weight", "description": "A number.", "examples": [2], "type": "number", "exclusiveMinimum": 1},
			"when": {"title": "When", "description": "Never five.", "examples": [4], "type": "integer", "not": {"const": 5}}`),
	},
	Providers: map[string]ProviderKind{
		"userdata": {Options: []byte(`{"title": "User-data files", "description": "Files.", "examples": [{}], "type": "object", "additionalProperties": false, "properties": {
			"limit": {"title": "Limit", "description": "Bytes.", "examples": [0], "type": "integer", "minimum": 0, "default": 16384},
			"formats": {"title": "Formats", "description": "Payloads.", "examples": [["auto"]], "type": "array", "minItems": 1, "uniqueItems": true,
				"items": {"type": "string", "enum": ["auto", "ignition", "cloud-init", "script"]}, "default": ["auto"]}}}`)},
		"cloud": {MakesEndpoint: true, HasSpot: true, Options: []byte(`{"title": "A cloud", "description": "Machines.", "examples": [{}], "type": "object",
			"additionalProperties": false, "properties": {"region": {"title": "Region", "description": "Where.", "examples": ["a"], "type": "string", "default": "a"}}}`)},
		"groups": {MakesMachines: true, Options: []byte(`{"title": "Groups", "description": "Groups of machines.", "examples": [{}], "type": "object",
			"additionalProperties": false}`)},
	},
}

func addon(enabled bool, options string) []byte {
	on := "false"
	if enabled {
		on = "true"
	}
	if options != "" {
		options = "," + options
	}
	return []byte(`{"title": "Add-on", "description": "An add-on.", "examples": [{}], "type": "object", "additionalProperties": false, "properties": {
		"enabled": {"title": "Enabled", "description": "Whether it is installed.", "examples": [true], "type": "boolean", "default": ` + on + `}` + options + `}}`)
}
