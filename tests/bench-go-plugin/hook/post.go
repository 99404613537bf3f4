package hook

import "strings"

// Post has the fields of the post in Wasmoat's contract, with the types that Mattermost's own
// Post gives them, so that the encoder has the same work here and there.
type Post struct {
	ID            string
	CreateAt      int64
	UpdateAt      int64
	EditAt        int64
	DeleteAt      int64
	IsPinned      bool
	UserID        string
	ChannelID     string
	RootID        string
	OriginalID    string
	Message       string
	MessageSource string
	Type          string
	Props         map[string]any
	Hashtags      string
	FileIDs       []string
	PendingPostID string
	HasReactions  bool
	RemoteID      *string
	ReplyCount    int64
	LastReplyAt   int64
	Participants  []*User
	IsFollowing   *bool
	Metadata      map[string]any
}

// User is what a thread participant carries; a new post has none.
type User struct {
	ID       string
	Username string
	Email    string
}

// Context says where a hook call comes from, as Mattermost's plugin.Context does.
type Context struct {
	SessionID      string
	RequestID      string
	IPAddress      string
	AcceptLanguage string
	UserAgent      string
	ConnectionID   string
}

// Sample is the post that Wasmoat's own benches send, field for field.
func Sample() (*Context, *Post) {
	context := &Context{
		SessionID:      "sx1m5n8y3pf4xjc9oqz7twehua",
		RequestID:      "rq7d9y1kzbrn8mefg3ohtxcwsa",
		IPAddress:      "192.0.2.17",
		AcceptLanguage: "en-GB,en;q=0.9",
		UserAgent:      "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0",
		ConnectionID:   "cn5k8jz1rwqe3yhb7umdpfgtxo",
	}
	post := &Post{
		ID:            "po8st1nq4w7xe5zkr3tjyobmfa",
		CreateAt:      1700000000000,
		UpdateAt:      1700000000000,
		UserID:        "us3rj8yx5k1mnqw7zpecgbhdto",
		ChannelID:     "ch9nq4w7xe1zkr5tjyobmpfgua",
		RootID:        "rt6pz8wk3xq1ymnjcd5hfbgeto",
		Message:       strings.Repeat("The quick brown fox jumps over the lazy dog, and nobody objects. ", 3),
		Props:         map[string]any{"from_webhook": "false", "attachments": []any{}},
		Hashtags:      "#fox #dog",
		FileIDs:       []string{"fi1exk5rj8yqnw3zpecgbhdtoa", "fi7exm1qn4wk9zrt3jyobpfgua"},
		PendingPostID: "us3rj8yx5k1mnqw7zpecgbhdto:1700000000000",
	}
	return context, post
}
