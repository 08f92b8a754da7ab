package schemaprovider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

func (s *server) GetMetadata(context.Context, *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	r := &tfprotov6.GetMetadataResponse{ServerCapabilities: &tfprotov6.ServerCapabilities{}}
	for name := range s.resources {
		r.Resources = append(r.Resources, tfprotov6.ResourceMetadata{TypeName: name})
	}
	for name := range s.data {
		r.DataSources = append(r.DataSources, tfprotov6.DataSourceMetadata{TypeName: name})
	}
	return r, nil
}

func (s *server) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return &tfprotov6.GetProviderSchemaResponse{Provider: s.config, ResourceSchemas: s.resources, DataSourceSchemas: s.data}, nil
}

func (s *server) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

func (s *server) GetFunctions(context.Context, *tfprotov6.GetFunctionsRequest) (*tfprotov6.GetFunctionsResponse, error) {
	return &tfprotov6.GetFunctionsResponse{}, nil
}

func (s *server) ValidateProviderConfig(_ context.Context, r *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	v, err := r.Config.Unmarshal(s.config.ValueType())
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: r.Config, Diagnostics: refused(s.schema.Config, v)}, err
}

func (s *server) ValidateResourceConfig(_ context.Context, r *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	v, err := r.Config.Unmarshal(s.resources[r.TypeName].ValueType())
	return &tfprotov6.ValidateResourceConfigResponse{Diagnostics: refused(s.schema.Resources[r.TypeName], v)}, err
}

func (s *server) ValidateDataResourceConfig(_ context.Context, r *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	v, err := r.Config.Unmarshal(s.data[r.TypeName].ValueType())
	return &tfprotov6.ValidateDataResourceConfigResponse{Diagnostics: refused(s.schema.Data[r.TypeName], v)}, err
}

func (s *server) ConfigureProvider(context.Context, *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

func (s *server) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

// ReadDataSource answers while Terraform plans, when nothing may be unknown any
// more.
func (s *server) ReadDataSource(_ context.Context, r *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	block := s.schema.Data[r.TypeName]
	state, err := change(s.data[r.TypeName], r.Config, func(v tftypes.Value) (tftypes.Value, error) {
		return s.settled("data."+r.TypeName, block, v)
	})
	return &tfprotov6.ReadDataSourceResponse{State: state}, err
}

func (s *server) PlanResourceChange(_ context.Context, r *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	block := s.schema.Resources[r.TypeName]
	state, err := change(s.resources[r.TypeName], r.ProposedNewState, func(v tftypes.Value) (tftypes.Value, error) {
		return unknowns(block, v)
	})
	if err != nil {
		return nil, err
	}
	anew, err := s.replaced(r)
	return &tfprotov6.PlanResourceChangeResponse{PlannedState: state, RequiresReplace: anew}, err
}

// replaced finds the arguments with a change that no resource lives through.
func (s *server) replaced(r *tfprotov6.PlanResourceChangeRequest) ([]*tftypes.AttributePath, error) {
	t := s.resources[r.TypeName].ValueType()
	var before, after map[string]tftypes.Value
	for packed, fields := range map[*tfprotov6.DynamicValue]*map[string]tftypes.Value{r.PriorState: &before, r.ProposedNewState: &after} {
		v, err := packed.Unmarshal(t)
		if err != nil || v.IsNull() { // it is made, or goes away
			return nil, err
		}
		if err := v.As(fields); err != nil {
			return nil, err
		}
	}
	var found []*tftypes.AttributePath
	for _, name := range s.replacing[r.TypeName] {
		if !before[name].Equal(after[name]) {
			found = append(found, tftypes.NewAttributePath().WithAttributeName(name))
		}
	}
	return found, nil
}

func (s *server) ApplyResourceChange(_ context.Context, r *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	block := s.schema.Resources[r.TypeName]
	state, err := change(s.resources[r.TypeName], r.PlannedState, func(v tftypes.Value) (tftypes.Value, error) {
		return s.settled(r.TypeName, block, v)
	})
	return &tfprotov6.ApplyResourceChangeResponse{NewState: state}, err
}

// ReadResource finds everything as it was left.
func (s *server) ReadResource(_ context.Context, r *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return &tfprotov6.ReadResourceResponse{NewState: r.CurrentState}, nil
}

func (s *server) UpgradeResourceState(_ context.Context, r *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	t := s.resources[r.TypeName].ValueType()
	v, err := r.RawState.Unmarshal(t)
	if err != nil {
		return nil, err
	}
	state, err := tfprotov6.NewDynamicValue(t, v)
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &state}, err
}

// change unpacks a value, changes it and packs it again. A resource that goes
// away is null and stays so.
func change(schema *tfprotov6.Schema, packed *tfprotov6.DynamicValue, by func(tftypes.Value) (tftypes.Value, error)) (*tfprotov6.DynamicValue, error) {
	t := schema.ValueType()
	v, err := packed.Unmarshal(t)
	if err != nil {
		return nil, err
	}
	if v.IsNull() {
		return packed, nil
	}
	if v, err = by(v); err != nil {
		return nil, err
	}
	out, err := tfprotov6.NewDynamicValue(t, v)
	return &out, err
}

var _ tfprotov6.ProviderServer = (*server)(nil)
