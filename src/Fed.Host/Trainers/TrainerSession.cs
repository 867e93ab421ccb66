using System.Collections.Concurrent;
using Fed.Learning.External;
using Fed.Trainer.Wire;

namespace Fed.Host.Trainers;

/// <summary>One process of a trainer and the thread that talks with it, from its start to its end. Disposing ends both: a process that is at rest is told to stop, one at work is killed.</summary>
/// <param name="place">How it is started.</param>
/// <param name="sha256">Of its files, in the plan.</param>
/// <param name="greet">Asked first, once the process runs.</param>
/// <param name="words">Takes what it writes to standard error.</param>
/// <param name="time">The clock by which it is silent.</param>
internal sealed class TrainerSession(TrainerPlace place, string sha256, Action<TrainerTalk> greet, TrainerWords words, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Courtesy = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan EndMax = TimeSpan.FromSeconds(20);

    private readonly BlockingCollection<(TrainerJob Job, Action<Exception?> Done)> _jobs = [];
    private readonly Lock _gate = new();
    private Thread? _thread;
    private TrainerProcess? _process;
    private string? _folder;
    private TrainerTalk? _talk;
    private TrainerRows? _shown;
    private long _heard = time.GetTimestamp();
    private bool _isAtWork;
    private bool _isOver;

    /// <summary>How long it has shown no sign of life.</summary>
    public TimeSpan Silent => time.GetElapsedTime(Volatile.Read(ref _heard));

    /// <summary>Id of the process; null before its start.</summary>
    public int? ProcessId => _process?.Id;

    /// <summary>Puts a question, on the session's own thread.</summary>
    /// <param name="job">The question.</param>
    /// <param name="done">Told on that thread: null when it is answered; a <see cref="TrainerException"/> when the trainer refuses and lives on; anything else ends the process.</param>
    public void Put(TrainerJob job, Action<Exception?> done)
    {
        Hear();
        _thread ??= StartThread();
        _jobs.Add((job, done));
    }

    /// <summary>Bytes that the process and its children hold.</summary>
    public long MemoryBytes() => _process?.MemoryBytes() ?? 0;

    /// <summary>Ends the process. May be called twice.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isOver) return;
            _isOver = true;
            if (_isAtWork) _process?.Kill();
        }

        _jobs.CompleteAdding();
    }

    /// <summary>
    /// Waits until the process has gone; after <see cref="Dispose"/>. Not for ever: what the process left behind, without its environment, may hold its output open, and the thread then reads on
    /// until this program ends.
    /// </summary>
    public void Join() => _thread?.Join(EndMax);

    private Thread StartThread()
    {
        Thread thread = new(Serve) { IsBackground = true, Name = $"trainer-{place.Options.Id}" };
        thread.Start();
        return thread;
    }

    private void Serve()
    {
        foreach ((TrainerJob job, Action<Exception?> done) in _jobs.GetConsumingEnumerable())
        {
            Exception? failure = Try(job);
            lock (_gate) _isAtWork = false;
            done(failure);
        }

        End();
        _jobs.Dispose();
    }

    private Exception? Try(TrainerJob job)
    {
        try
        {
            lock (_gate)
            {
                if (_isOver) return new OperationCanceledException();
                _isAtWork = true;
            }

            TrainerTalk talk = _talk ?? Open();
            if (!ReferenceEquals(_shown, job.Rows)) talk.Load(job.Rows);
            _shown = job.Rows;
            job.Ask(talk);
            return null;
        }
        catch (TrainerException e)
        {
            return e;
        }
        catch (FrameException e)
        {
            return new TrainerFailedException($"{e.Message}{_process?.LastWords}", e);
        }
        catch (TrainerEndedException e)
        {
            return new TrainerFailedException(_process!.Ending(Courtesy), e);
        }
        catch (Exception e)
        {
            return e;   // a fault of our own: the actor's supervisor hears of it
        }
    }

    private TrainerTalk Open()
    {
        TrainerFiles files = place.Verified(sha256);
        (TrainerProcess process, string folder) = place.Start(files, words);
        lock (_gate)
        {
            (_process, _folder) = (process, folder);
            if (_isOver) process.Kill();
        }

        TrainerTalk talk = new(process.Answers, process.Questions, Hear);
        greet(talk);
        return _talk = talk;
    }

    private void End()
    {
        if (_process is { } process)
        {
            try
            {
                _talk?.Stop();
                process.Questions.Close();
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // It has gone already.
            }

            if (_talk is not null) process.WaitForExit(Courtesy);
            process.Kill();   // whatever it has left behind, too
            process.WaitForExit(Courtesy);
            process.Dispose();
        }

        if (_folder is not null) place.Remove(_folder);
    }

    private void Hear() => Volatile.Write(ref _heard, time.GetTimestamp());
}

/// <summary>A trainer's process has failed; the message is a clause that says how.</summary>
internal sealed class TrainerFailedException(string message, Exception? inner = null) : Exception(message, inner);
