package verify

// written returns the verifier that is written in Go under a name, or nil. Provider
// files name them.
func written(name string) Verifier {
	switch name {
	case "aws":
		return VerifierFunc(verifyAWS)
	case "azure-entra":
		return VerifierFunc(verifyEntra)
	case "azure-storage":
		return VerifierFunc(verifyStorage)
	case "azure-sas":
		return VerifierFunc(verifySAS)
	case "docker-hub":
		return VerifierFunc(verifyDockerHub)
	case "docker-registry":
		return VerifierFunc(verifyRegistry)
	case "gcp":
		return VerifierFunc(verifyGCP)
	case "github":
		return VerifierFunc(verifyGitHub)
	case "github-app":
		return VerifierFunc(verifyGitHubApp)
	case "jwt":
		return VerifierFunc(verifyJWT)
	case "kubernetes":
		return VerifierFunc(verifyKubernetes)
	case "private-key":
		return VerifierFunc(verifyPrivateKey)
	case "url":
		return VerifierFunc(verifyURL)
	}
	return nil
}

// revoker returns the revoker that is written in Go under a name, or nil.
func revoker(name string) Revoker {
	if name == "aws" {
		return awsRevoker{}
	}
	return nil
}
