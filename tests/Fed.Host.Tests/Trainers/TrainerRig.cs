using System.Collections.Concurrent;
using System.Collections.Immutable;
using Fed.Actors.Kernel;
using Fed.Actors.Shell;
using Fed.Host.Tests.Configuration;
using Fed.Host.Trainers;
using Fed.Learning.Algorithms.FedAvg;
using Fed.Learning.Data;
using Fed.Learning.External;
using Fed.Learning.Models;
using Fed.Learning.Program;
using Fed.Learning.Training;
using Fed.Vectors;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Fed.Host.Tests.Trainers;

/// <summary>A site with a trainer in a real process, its actors on a system of their own; five rows of three features to learn from.</summary>
internal sealed class TrainerRig : IDisposable
{
    public const string Python = "/usr/bin/python3";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _folder = new();
    private readonly ActorSystem _system;
    private readonly SiteLog _log = new();
    private readonly SiteTrainer _trainer;
    private bool _isDisposed;

    public TrainerRig(ImmutableArray<string> command, ImmutableArray<string> files, Func<TrainerOptions, TrainerOptions>? change = null, Func<LearningPlan, LearningPlan>? plan = null, TimeProvider? time = null)
    {
        Assert.SkipUnless(File.Exists(Python), $"there is no {Python}; on Debian: apt-get install python3 python3-numpy");
        time ??= TimeProvider.System;
        TrainerOptions options = new("rig", command, files, ImmutableSortedDictionary<string, string>.Empty, TimeSpan.FromMinutes(1), 2L << 30, Restarts: 0);
        options = change?.Invoke(options) ?? options;
        LearningPlan whole = Plan(TrainerFiles.Read(files).Sha256);
        whole = plan?.Invoke(whole) ?? whole;
        Place = Path.Combine(_folder.Path, "place");
        _trainer = new SiteTrainer("here", whole, new TrainerPlace(options, Place), time, _log);
        _system = new ActorSystem("rig", new ActorSystemOptions { Time = time });
        Companion<TrainerSupervisor.Message> companion = Assert.IsType<Companion<TrainerSupervisor.Message>>(_trainer.Companion);
        companion.Started(_system.Spawn(companion.Props, companion.Name));
    }

    /// <summary>Below it the process runs.</summary>
    public string Place { get; }

    /// <summary>A file in which a process may leave a note.</summary>
    public string Note => Path.Combine(_folder.Path, "note");

    /// <summary>What the site's log was told.</summary>
    public IEnumerable<string> Log => _log.Lines;

    /// <summary>The rows.</summary>
    public static TrainerRows Rows { get; } = new(new Matrix(3, [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1], [1, 2, 3, 6]), new Matrix(3, [2, 0, 0], [2]));

    /// <summary>A rig around <c>naughty.py</c>.</summary>
    public static TrainerRig Naughty(string question = "none", string behaviour = "none", Func<TrainerOptions, TrainerOptions>? change = null, TimeProvider? time = null)
    {
        TrainerRig? rig = null;
        string note = Path.Combine(Path.GetTempPath(), $"fed-note-{Guid.NewGuid():n}");
        rig = new TrainerRig([Python, "naughty.py", question, behaviour, note], [Repository.File("tests/Fed.Host.Tests/Trainers/naughty.py")], change, time: time) { NoteFile = note };
        return rig;
    }

    /// <summary>The note of a naughty trainer.</summary>
    public string NoteFile { get; private init; } = "";

    /// <summary>A plan for a tensor of three numbers.</summary>
    public static LearningPlan Plan(string sha256) => new(
        ModelKind.External, 0, ["a", "b", "c"], new FedAvgOptions(3, null, 0, 0.1), SiteWeights.Samples, 0, false, null, new StoppingOptions(), 64, GridOptions.For(RingWidth.Ring64),
        External: new ExternalModel("rig", sha256, ModelTask.Regression, [new ExternalTensor("w", [3])], VectorBytes.Sha256(new double[3]), ImmutableSortedDictionary<string, string>.Empty));

    /// <summary>Trains a round from 1, 2, 3.</summary>
    public (double[] Parameters, LocalReport Report) Train(Action<int>? progress = null, CancellationToken cancel = default)
    {
        double[] parameters = [1, 2, 3];
        LocalReport report = _trainer.Train(Rows, 1, Work(progress, cancel), parameters);
        return (parameters, report);
    }

    /// <summary>Trains from other parameters, in place.</summary>
    public LocalReport Train(double[] parameters, int steps, double rate) =>
        _trainer.Train(Rows, 1, Work(null, CancellationToken.None) with { Steps = steps, LearningRate = rate }, parameters);

    /// <summary>Trains on a thread of its own.</summary>
    public Task<(double[] Parameters, LocalReport Report)> TrainAsync(CancellationToken cancel = default) => Task.Run(() => Train(cancel: cancel), CancellationToken.None);

    /// <summary>The refusal that a round's training ends with.</summary>
    public string Refusal() => Assert.Throws<TrainerException>(() => Train()).Message;

    /// <summary>Evaluates at 1, 2, 3.</summary>
    public TrainerSums Evaluate() => _trainer.Evaluate(Rows, new double[] { 1, 2, 3 }, static _ => { }, CancellationToken.None);

    /// <summary>Waits for a line of the site's log.</summary>
    public Task SaidAsync(string part) => _log.WaitFor(part).WaitAsync(Patience);

    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        _system.TerminateAsync(Patience).GetAwaiter().GetResult();
        _trainer.Dispose();
        _folder.Dispose();
        if (NoteFile.Length > 0) File.Delete(NoteFile);
    }

    /// <summary>True while a process of this id runs.</summary>
    public static bool IsAlive(int process) => File.Exists($"/proc/{process}/stat") && !File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);

    /// <summary>Three steps.</summary>
    public static LocalWork Work(Action<int>? progress = null, CancellationToken cancel = default) => new()
    {
        Model = Plan(new string('0', 64)).External!,
        Data = Rows.Train,
        Steps = 3,
        LearningRate = 0.1,
        Seed = new byte[32],
        ProgressPercent = progress ?? (static _ => { }),
        Cancel = cancel,
    };

    private sealed class SiteLog : ILogger
    {
        private readonly ConcurrentQueue<string> _lines = [];
        private readonly ConcurrentDictionary<string, TaskCompletionSource> _awaited = new(StringComparer.Ordinal);

        public IEnumerable<string> Lines => _lines;

        public Task WaitFor(string part)
        {
            TaskCompletionSource source = _awaited.GetOrAdd(part, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            if (_lines.Any(line => line.Contains(part, StringComparison.Ordinal))) source.TrySetResult();
            return source.Task;
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            string line = formatter(state, exception);
            _lines.Enqueue(line);
            foreach ((string part, TaskCompletionSource source) in _awaited)
                if (line.Contains(part, StringComparison.Ordinal)) source.TrySetResult();
        }
    }
}
