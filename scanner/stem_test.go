package scanner

import (
	"testing"

	"github.com/leakguard/leakguard/detectors/rules"
)

func TestKinship(t *testing.T) {
	aws := &rules.Provider{ID: "aws", Name: "Amazon Web Services"}
	id := &rules.Rule{ID: "aws-access-key-id", Name: "AWS access key ID", Provider: aws}
	key := &rules.Rule{ID: "aws-secret-access-key", Name: "AWS secret access key", Provider: aws}
	words := kindWordsOf(key, "key_id", id)
	tests := []struct {
		name, secret, part string
		want               kinship
	}{
		{"same words", "PROD_AWS_SECRET_ACCESS_KEY", "PROD_AWS_ACCESS_KEY_ID", named},
		{"in another order and case", "awsSecretAccessKeyShopProd", "PROD_SHOP_AWS_ID", named},
		{"numbers", "AWS_SECRET_ACCESS_KEY_2", "AWS_ACCESS_KEY_ID_2", named},
		{"other numbers", "AWS_SECRET_ACCESS_KEY_2", "AWS_ACCESS_KEY_ID_1", unlikely},
		{"no words of their own", "aws_secret_access_key", "aws_access_key_id", unnamed},
		{"no names", "", "", unnamed},
		{"one has none", "AWS_SECRET_ACCESS_KEY", "DEPLOY_AWS_ACCESS_KEY_ID", akin},
		{"one has more", "SHOP_PROD_AWS_SECRET_ACCESS_KEY", "SHOP_AWS_ACCESS_KEY_ID", akin},
		{"different words", "UPLOAD_AWS_SECRET_ACCESS_KEY", "BILLING_AWS_ACCESS_KEY_ID", unlikely},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := words.stem(tt.secret).kinship(words.stem(tt.part)); got != tt.want {
				t.Errorf("kinship of %q and %q is %d, want %d", tt.secret, tt.part, got, tt.want)
			}
		})
	}
}
