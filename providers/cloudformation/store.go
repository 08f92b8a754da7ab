package cloudformation

type bucket struct {
	BucketName                     string
	BucketEncryption               bucketEncryption
	OwnershipControls              ownershipControls
	PublicAccessBlockConfiguration publicAccessBlock
	Tags                           []tag
}

type bucketEncryption struct{ ServerSideEncryptionConfiguration []encryptionRule }

type encryptionRule struct{ ServerSideEncryptionByDefault encryption }

type encryption struct {
	SSEAlgorithm   string
	KMSMasterKeyID string `json:",omitempty"`
}

type ownershipControls struct{ Rules []ownershipRule }

type ownershipRule struct{ ObjectOwnership string }

type publicAccessBlock struct {
	BlockPublicAcls, BlockPublicPolicy, IgnorePublicAcls, RestrictPublicBuckets bool
}

type bucketPolicy struct {
	Bucket         value
	PolicyDocument policy
}

func (bucket) resourceType() string       { return "AWS::S3::Bucket" }
func (bucketPolicy) resourceType() string { return "AWS::S3::BucketPolicy" }

// storeTemplate is a stack of its own: a private bucket for payloads that are
// larger than EC2's user-data may be, and for a template that is larger than a
// request may be. Both must be in it before the cluster's stack is.
func (c *cluster) storeTemplate() template {
	t := newTemplate("The bucket of the Kubernetes cluster " + c.plan.Name + ", made by kube-anywhere")
	encrypted := encryption{SSEAlgorithm: "AES256"}
	if c.options.KMSKeyID != "" {
		encrypted = encryption{SSEAlgorithm: "aws:kms", KMSMasterKeyID: c.options.KMSKeyID}
	}
	made := t.add("Bucket", resource{Properties: bucket{
		BucketName:                     c.store.Name,
		BucketEncryption:               bucketEncryption{[]encryptionRule{{encrypted}}},
		OwnershipControls:              ownershipControls{[]ownershipRule{{"BucketOwnerEnforced"}}},
		PublicAccessBlockConfiguration: publicAccessBlock{true, true, true, true},
		Tags:                           c.tags(c.plan.Name),
	}})
	t.add("EncryptedOnly", resource{Properties: bucketPolicy{
		Bucket: made,
		PolicyDocument: statements(statement{
			Effect:    "Deny",
			Principal: "*",
			Action:    []string{"s3:*"},
			Resource:  []value{attribute("Bucket", "Arn"), fill("${Bucket.Arn}/*")},
			Condition: map[string]any{"Bool": map[string]string{"aws:SecureTransport": "false"}},
		}),
	}})
	return t
}
