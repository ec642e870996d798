package sweep

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"github.com/leakguard/leakguard/action/ledger"
	"github.com/leakguard/leakguard/scanner"
	"github.com/leakguard/leakguard/scanner/database"
	"github.com/leakguard/leakguard/scanner/forge"
	"github.com/leakguard/leakguard/scanner/git"
	"github.com/leakguard/leakguard/scanner/seen"
)

// Options settle what an engine does. Those that only look at sweeps, begin or cancel
// them need the address alone.
type Options struct {
	DSN    string         // of the database: see database.Open
	Ledger *ledger.Ledger // in the same database; is brought up to date with each repository
	Jobs   int            // how many repositories are worked at once; at least 1

	// List is the lister of a source of a plan. An error of it, or of its List, is tried
	// again unless it is an *Unreadable.
	List func(source string, choice Choice) (Lister, error)

	// Refs asks a repository for what Copy.Refs of a copy of it would be, and fetches
	// nothing. Several are asked at once. After an error it is fetched, as always where
	// this is nil.
	Refs func(context.Context, Repository) (string, error)

	// Fetch brings the local copy of a repository up to date. Its error is tried
	// again, unless it is an *Unreadable.
	Fetch func(context.Context, Repository) (*Copy, error)

	// Logs reads the logs of a repository's builds since a time, and Variables the variables
	// of its pipelines: of the repository alone if its lister named the forge; of an
	// organisation or group alone if owner is not "". An error is tried again, unless it is
	// an *Unreadable. Where a forge.LimitError ends the reading, it is gone on with when
	// that time has come.
	Logs      func(ctx context.Context, r Repository, since time.Time) (*Reading, error)
	Variables func(ctx context.Context, r Repository, owner string) (*Reading, error)

	// API counts and bounds the requests to forges, of all that asks them; nil: they are
	// not counted.
	API *forge.Budget

	// Scan scans a copy. The options that it gives to git.NewHistory go through remember,
	// so that what other repositories share with it is not read again.
	Scan func(ctx context.Context, repo *git.Repository, remember func(*git.Options)) *scanner.Result

	Ruleset  string // names all that decides what is found in an object: see seen.Objects
	Settings string // names, without a blank, what else decides what counts: a repository is read anew when it changes

	// Fails reports whether a secret makes the exit code 1.
	Fails func(*scanner.Secret) bool

	// Finish is called when all repositories of a sweep are done; nil: nothing is.
	Finish func(context.Context, Plan) error

	Log  *slog.Logger // what the queue complains of; nil: nobody is told
	Pace Pace
}

// Copy is a local copy of a repository.
type Copy struct {
	Path    string        // of the bare repository
	Refs    string        // a digest of all refs, and of what they point to; "" is not known
	Gaps    []scanner.Gap // what its server could not send
	Release func()        // ends its use
}

// Unreadable is the error of a repository, or of a list, that no further attempt will
// read.
type Unreadable struct {
	Err    error
	Remedy string // what the user can do
}

func (e *Unreadable) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *Unreadable) Unwrap() error { return e.Err }

// Pace is how often an engine does things. The zero value is the usual one.
type Pace struct {
	Beat  time.Duration // between two signs of life; 5 s
	Dead  time.Duration // without a sign, until a process is taken for dead; 30 s
	Retry time.Duration // before the second attempt; the third comes after six times that; 20 s
	Poll  time.Duration // between two looks for new jobs; 500 ms
}

func (p Pace) orUsual() Pace {
	usual := func(d *time.Duration, to time.Duration) {
		if *d <= 0 {
			*d = to
		}
	}
	usual(&p.Beat, 5*time.Second)
	usual(&p.Dead, 30*time.Second)
	usual(&p.Retry, 20*time.Second)
	usual(&p.Poll, 500*time.Millisecond)
	return p
}

const (
	maxAttempts = 3  // of a job that fails
	maxLost     = 20 // processes that ended while they worked at one thing: it may be what ends them

	// A job that takes longer is stopped and tried again. That of a process which is gone
	// is known long before: see workers.go.
	jobTimeout = 24 * time.Hour
)

// writers is the number of the lock that those hold who write the tables of sweeps. Who
// takes that of the ledger, too (see Ledger.RecordIn), takes it after this one.
const writers = 7305813

//go:embed migrations/*.sql
var migrations embed.FS

// latest is the number of the last migration.
const latest = 3

// Engine begins sweeps and works their jobs. It is safe for concurrent use.
type Engine struct {
	opts   Options
	db     store
	queued *database.DB // River's; of SQLite one of its own, for it wants a single connection
	river  *river.Client[*sql.Tx]
	seen   *seen.Objects

	mu      sync.Mutex
	working map[int64]context.CancelCauseFunc // by job
	atHand  map[int64]bool                    // jobs that River has given to this process and that have not returned
	missing map[int64]time.Time               // since when jobs are not here that River counts as worked here
	stop    func()                            // ends the signs of life
}

// Open opens the database and brings the tables of sweeps up to date. The engine works
// nothing before Start.
func Open(ctx context.Context, o Options) (*Engine, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.API == nil {
		o.API = forge.NewBudget(0, nil)
	}
	o.Jobs, o.Pace = max(o.Jobs, 1), o.Pace.orUsual()
	e := &Engine{opts: o, working: map[int64]context.CancelCauseFunc{}, atHand: map[int64]bool{}}
	if err := e.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("the database of sweeps cannot be opened: %w", database.Concealed(err)), e.Close())
	}
	return e, nil
}

func (e *Engine) open(ctx context.Context) (err error) {
	if e.db.DB, err = database.Open(e.opts.DSN); err != nil {
		return err
	}
	e.queued = e.db.DB
	if !e.db.Postgres() {
		if e.queued, err = database.Open(e.opts.DSN); err != nil {
			return err
		}
		e.queued.SetMaxOpenConns(1)
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	if err := e.db.Migrate(ctx, "sweep", files, latest, writers); err != nil {
		return err
	}
	if e.seen, err = seen.OpenObjects(ctx, e.db.DB); err != nil {
		return err
	}
	driver := e.driver()
	if err := e.migrateQueue(ctx, driver); err != nil {
		return fmt.Errorf("the tables of its queue: %w", err)
	}
	e.river, err = river.NewClient(driver, e.config())
	return err
}

func (e *Engine) driver() riverdriver.Driver[*sql.Tx] {
	if e.db.Postgres() {
		return riverdatabasesql.New(e.queued.DB)
	}
	return riversqlite.New(e.queued.DB)
}

// migrateQueue makes River's tables. Each migration is a transaction of its own. In
// PostgreSQL one process at a time does it. In SQLite that lock would keep out the
// migrations, too: a process that meets another there fails, and looks again.
func (e *Engine) migrateQueue(ctx context.Context, driver riverdriver.Driver[*sql.Tx]) error {
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	migrate := func() error {
		_, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil)
		return err
	}
	if e.db.Postgres() {
		return e.db.Write(ctx, writers, func(*database.Tx) error { return migrate() })
	}
	for range m.AllVersions() {
		if err = migrate(); err == nil || ctx.Err() != nil {
			break
		}
	}
	return err
}

func (e *Engine) config() *river.Config {
	workers := river.NewWorkers()
	river.AddWorker(workers, &listWorker{e: e})
	river.AddWorker(workers, &repositoryWorker{e: e})
	river.AddWorker(workers, &pipelineWorker[logsArgs]{e: e})
	river.AddWorker(workers, &pipelineWorker[variablesArgs]{e: e})
	river.AddWorker(workers, &finishWorker{e: e})
	return &river.Config{
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: e.opts.Jobs}},
		Workers:              workers,
		Middleware:           []rivertype.Middleware{river.WorkerMiddlewareFunc(e.handle)},
		MaxAttempts:          maxAttempts,
		JobTimeout:           jobTimeout,
		RescueStuckJobsAfter: jobTimeout + time.Hour,
		FetchPollInterval:    e.opts.Pace.Poll,
		FetchCooldown:        min(e.opts.Pace.Poll, 10*time.Millisecond), // jobs of what has not changed end at once
		PollOnly:             true,
		Logger:               e.opts.Log,
	}
}

// Start begins to work jobs: repositories of all sweeps in the database, until Stop.
func (e *Engine) Start(ctx context.Context) error {
	// Not under ctx: Stop is what ends it, so that jobs under way are put back.
	lasting := context.WithoutCancel(ctx)
	if err := e.beat(lasting); err != nil {
		return err
	}
	if err := e.river.Start(lasting); err != nil {
		return err
	}
	beating, cancel := context.WithCancel(lasting)
	var wait sync.WaitGroup
	wait.Go(func() { e.live(beating) })
	e.stop = func() {
		cancel()
		wait.Wait()
	}
	return nil
}

// Stop stops the scans under way and puts their jobs back.
func (e *Engine) Stop(ctx context.Context) error {
	if e.stop == nil {
		return nil
	}
	err := e.river.StopAndCancel(ctx)
	e.stop()
	e.stop = nil
	return errors.Join(err, e.leave(ctx))
}

// Close closes the database. Stop comes first.
func (e *Engine) Close() error {
	var errs []error
	if e.queued != nil && e.queued != e.db.DB {
		errs = append(errs, e.queued.Close())
	}
	if e.db.DB != nil {
		errs = append(errs, e.db.Close())
	}
	return errors.Join(errs...)
}
