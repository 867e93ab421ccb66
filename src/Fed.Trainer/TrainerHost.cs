using System.Collections.Concurrent;
using Fed.Learning.Data;
using Fed.Learning.External;
using Fed.Learning.Files;
using Fed.Trainer.Wire;

namespace Fed.Trainer;

/// <summary>Speaks the protocol of docs/trainers.md for a trainer: reads what the site asks, calls the trainer, and answers.</summary>
public sealed class TrainerHost : IDisposable
{
    private readonly ITrainer _trainer;
    private readonly FrameStream _frames;
    private readonly CancellationTokenSource _left = new();
    private readonly BlockingCollection<(HostMessage Message, TensorFile? Tensors)> _asked = new(boundedCapacity: 4);
    private Problem? _problem;
    private TrainerDescription? _description;
    private readonly Dictionary<string, RowBuffer> _rows = new(StringComparer.Ordinal);
    private bool _isLoaded;

    private TrainerHost(ITrainer trainer, Stream input, Stream output)
    {
        _trainer = trainer;
        _frames = new FrameStream(input, output);
    }

    /// <summary>Serves the site that started this process, until it says stop or goes away. What the trainer prints goes to standard error from now on.</summary>
    /// <returns>The exit code: 0, or 1 when the site broke the protocol.</returns>
    public static int Run(ITrainer trainer)
    {
        Stream output = Console.OpenStandardOutput();
        Console.SetOut(Console.Error);
        try
        {
            Run(trainer, Console.OpenStandardInput(), output);
            return 0;
        }
        catch (FrameException e)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    /// <summary>Serves over streams of one's own.</summary>
    /// <param name="trainer">The trainer.</param>
    /// <param name="input">What the site sends.</param>
    /// <param name="output">What it gets.</param>
    /// <exception cref="FrameException">The site broke the protocol.</exception>
    public static void Run(ITrainer trainer, Stream input, Stream output)
    {
        using TrainerHost host = new(trainer, input, output);
        host.Serve();
    }

    /// <summary>The reader may still wait for its stream: only what is managed is given back.</summary>
    void IDisposable.Dispose() => _left.Cancel();

    private void Serve()
    {
        Exception? broken = null;
        Thread reader = new(() =>
        {
            try
            {
                while (ReadNext() is { } next)
                {
                    _asked.Add(next);
                    if (next.Message is HostMessage.Stop) break;
                }
            }
            catch (Exception e) when (e is FrameException or IOException or SafetensorsFormatException)
            {
                broken = e;
            }
            finally
            {
                _left.Cancel();   // training ends too when nobody waits for it
                _asked.CompleteAdding();
            }
        })
        { IsBackground = true, Name = "questions" };
        reader.Start();
        foreach ((HostMessage message, TensorFile? tensors) in _asked.GetConsumingEnumerable())
        {
            if (message is HostMessage.Stop) return;
            Answer(message, tensors);
        }

        if (broken is FrameException frame) throw frame;
        if (broken is not null) throw new FrameException(broken.Message, broken);
    }

    private (HostMessage Message, TensorFile? Tensors)? ReadNext()
    {
        if (_frames.Read(tensorBytesMax: 0) is not { } frame) return null;
        HostMessage message = WireFormat.HostMessageOf(frame.Payload);
        if (!message.Payload) return (message, null);
        Frame payload = _frames.Read(Frame.TensorBytesMax) ?? throw new FrameException("it ended before the tensors that it announced");
        return payload.Kind == FrameKind.Tensors ? (message, Safetensors.Read(payload.Payload)) : throw new FrameException("it announced tensors and sent a message");
    }

    private void Answer(HostMessage message, TensorFile? tensors)
    {
        try
        {
            (TrainerMessage answer, TensorFile? payload) = AnswerOf(message, tensors ?? new TensorFile([]));
            Send(answer with { Payload = payload is not null }, payload);
        }
        catch (Exception e) when (e is TrainerException or ArgumentException or InvalidOperationException)
        {
            Send(new TrainerMessage.Error(e.Message) { Id = message.Id }, null);
        }
        catch (OperationCanceledException) when (_left.IsCancellationRequested)
        {
            // Nobody waits for the answer.
        }
    }

    private (TrainerMessage Answer, TensorFile? Payload) AnswerOf(HostMessage message, TensorFile tensors)
    {
        switch (message)
        {
            case HostMessage.Hello hello when hello.Protocol != WireFormat.Protocol:
                throw new TrainerException($"the site speaks version {hello.Protocol} of the protocol; this trainer speaks {WireFormat.Protocol}");
            case HostMessage.Hello:
                return (new TrainerMessage.Hello(WireFormat.Protocol, _trainer.Name) { Id = message.Id }, null);
            case HostMessage.Capabilities asked:
                _problem = new Problem(WireFormat.TaskOf(asked.Task), asked.Classes, asked.Features, asked.Settings);
                _description = _trainer.Describe(_problem);
                return (new TrainerMessage.Capabilities(_description.Tensors, WireFormat.WordsOf(_description.Abilities)) { Id = message.Id }, null);
            case HostMessage.Init init:
                _ = Described;
                return (new TrainerMessage.Parameters { Id = message.Id }, new TensorFile([.. _trainer.Init(Convert.FromHexString(init.Seed)).ToTensors()]));
            case HostMessage.Data data:
                Take(data, tensors);
                return (new TrainerMessage.Ready { Id = message.Id }, null);
            case HostMessage.Train train:
                return Train(train, tensors);
            case HostMessage.Evaluate evaluate:
                return Evaluate(evaluate, tensors);
            default:
                throw new TrainerException($"there is no answer to {message.GetType().Name}");
        }
    }

    private TrainerDescription Described => _description ?? throw new TrainerException("what is to be learnt has not been said yet");

    private void Take(HostMessage.Data data, TensorFile tensors)
    {
        _ = Described;
        if (!_rows.TryGetValue(data.Part, out RowBuffer? buffer) || data.First == 0) _rows[data.Part] = buffer = new RowBuffer(data.Total, _problem!.Features.Length);
        buffer.Put(data.First, tensors.Find("x")?.ToDoubles() ?? [], tensors.Find("y")?.ToDoubles() ?? []);
        _isLoaded = false;
    }

    private void Load()
    {
        if (_isLoaded) return;
        if (!_rows.TryGetValue(WireFormat.TrainPart, out RowBuffer? train) || !_rows.TryGetValue(WireFormat.TestPart, out RowBuffer? test)) throw new TrainerException("the rows have not been sent yet");
        _trainer.Load(new TrainerRows(train.Rows, test.Rows));
        _isLoaded = true;
    }

    private (TrainerMessage Answer, TensorFile? Payload) Train(HostMessage.Train asked, TensorFile tensors)
    {
        ParameterSet start = ParameterSet.Read(tensors, Described.Tensors, isAll: false);
        bool isCorrected = tensors.Tensors.Any(static tensor => tensor.Name.StartsWith(WireFormat.Correction, StringComparison.Ordinal));
        Load();
        long reported = 0;
        TrainingResult result = _trainer.Train(new TrainingTask(
            asked.Round, start, asked.Steps, asked.BatchSize, asked.LearningRate, asked.Proximal, isCorrected ? ParameterSet.Read(tensors, Described.Tensors, WireFormat.Correction, isAll: false) : null, asked.L2,
            asked.Optimizer, Convert.FromHexString(asked.Seed), Report, _left.Token));
        return (new TrainerMessage.Result(WireFormat.Parameters, result.Steps, result.Samples, result.Loss) { Id = asked.Id }, new TensorFile([.. result.Parameters.ToTensors()]));

        void Report(TrainingProgress progress)
        {
            long now = Environment.TickCount64;
            if (now - reported < 100) return;   // ten a second are plenty for people and for the site's watch
            reported = now;
            Send(new TrainerMessage.Progress(progress.Percent, progress.Epoch, progress.Batch, progress.Loss) { Id = asked.Id }, null);
        }
    }

    private (TrainerMessage Answer, TensorFile? Payload) Evaluate(HostMessage.Evaluate asked, TensorFile tensors)
    {
        Load();
        TrainerSums sums = _trainer.Evaluate(ParameterSet.Read(tensors, Described.Tensors), asked.Bins);
        TensorFile? scores = sums.Scores.IsEmpty ? null : new TensorFile([Tensor.Create<long>("scores", [2, sums.Scores.Length / 2], sums.Scores.AsSpan())]);
        return (new TrainerMessage.Metrics(sums.Test, sums.Train) { Id = asked.Id }, scores);
    }

    private void Send(TrainerMessage message, TensorFile? payload)
    {
        _frames.Write(FrameKind.Control, WireFormat.ToBytes(message));
        if (payload is not null) _frames.Write(FrameKind.Tensors, Safetensors.Write(payload));
    }

    private sealed class RowBuffer(int total, int columns)
    {
        private readonly double[] _x = new double[(long)total * columns], _y = new double[total];

        public Matrix Rows => new(columns, _x, _y);

        public void Put(int first, double[] x, double[] y)
        {
            if (first < 0 || first + y.Length > total || x.Length != y.Length * columns) throw new TrainerException($"{y.Length} rows from {first} do not fit {total} rows of {columns}");
            x.CopyTo(_x, first * (long)columns);
            y.CopyTo(_y, first);
        }
    }
}
