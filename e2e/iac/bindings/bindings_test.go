package bindings

import (
	"encoding/json"
	"strings"
	"testing"
)

// miniature has one of each thing that real bindings have.
const miniature = `
export interface DoorConfig extends cdktf.TerraformMetaArguments {
  /**
  * How it opens. Possible values: ["IN", "OUT"]
  *
  * Docs at Terraform Registry: {@link https://registry.example.com/door#swing Door#swing}
  */
  readonly swing: string;
}
export interface DoorLock {
  /**
  * Docs at Terraform Registry: {@link https://registry.example.com/door#key Door#key}
  */
  readonly key: string;
}

export function doorLockToHclTerraform(struct?: DoorLock | cdktf.IResolvable): any {
  const attrs = {
    key: {
      value: cdktf.stringToHclTerraform(struct!.key),
      isBlock: false,
      type: "simple",
      storageClassType: "string",
    },
  };
}

export class DoorLockOutputReference extends cdktf.ComplexObject {
  // key - computed: false, optional: false, required: true
  private _key?: string;
  public get key() {
    return this.getStringAttribute('key');
  }

  // worn - computed: true, optional: false, required: false
  public get worn() {
    return this.getBooleanAttribute('worn');
  }
}

export class DoorLockList extends cdktf.ComplexList {
}

export class Door extends cdktf.TerraformResource {
  public static readonly tfResourceType = "house_door";

  // rooms - computed: true, optional: true, required: false
  private _rooms?: string[];
  public get rooms() {
    return cdktf.Fn.tolist(this.getListAttribute('rooms'));
  }

  // swing - computed: false, optional: false, required: true
  private _swing?: string;
  public get swing() {
    return this.getStringAttribute('swing');
  }

  // visitors - computed: true, optional: false, required: false
  private _visitors = new DoorLockList(this, "visitors", true);
  public get visitors() {
    return this._visitors;
  }

  // lock - computed: false, optional: true, required: false
  private _lock = new DoorLockList(this, "lock", false);
  public get lock() {
    return this._lock;
  }

  protected synthesizeHclAttributes(): { [name: string]: any } {
    const attrs = {
      rooms: {
        value: cdktf.listMapperHcl(cdktf.stringToHclTerraform, false)(this._rooms),
        isBlock: false,
        type: "set",
        storageClassType: "stringList",
      },
      swing: {
        value: cdktf.stringToHclTerraform(this._swing),
        isBlock: false,
        type: "simple",
        storageClassType: "string",
      },
      lock: {
        value: cdktf.listMapperHcl(doorLockToHclTerraform, true)(this._lock.internalValue),
        isBlock: true,
        type: "list",
        storageClassType: "DoorLockList",
      },
    };
  }
}
`

func TestParse(t *testing.T) {
	block, err := parse(miniature, "house_door")
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(block, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		`{"attributes":{`,
		`"rooms":{"type":["set","string"],"optional":true,"computed":true},`,
		`"swing":{"type":"string","required":true,"values":["IN","OUT"]},`,
		`"visitors":{"type":["set",["object",{"key":"string","worn":"bool"}]],"computed":true}},`,
		`"block_types":{"lock":{"nesting_mode":"list","block":{"attributes":{`,
		`"key":{"type":"string","required":true},"worn":{"type":"bool","computed":true}}}}}}`,
	}, "")
	if compact := strings.NewReplacer("\n", "", " ", "").Replace(string(got)); compact != want {
		t.Errorf("found\n%s\nexpected\n%s", compact, want)
	}
}

func TestParseRefusesAnotherResource(t *testing.T) {
	_, err := parse(miniature, "house_window")
	if err == nil || !strings.Contains(err.Error(), "house_door") {
		t.Errorf("found %v, expected an error that names what the class is of", err)
	}
}
