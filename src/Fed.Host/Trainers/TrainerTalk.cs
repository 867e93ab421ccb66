using System.Collections.Immutable;
using Fed.Learning.Data;
using Fed.Learning.External;
using Fed.Learning.Files;
using Fed.Learning.Metrics;
using Fed.Learning.Models;
using Fed.Learning.Training;
using Fed.Trainer;
using Fed.Trainer.Wire;

namespace Fed.Host.Trainers;

/// <summary>
/// A site's side of the protocol (docs/trainers.md), question by question over two streams. Blocks. A <see cref="TrainerException"/> is the trainer's own refusal and leaves the two in step;
/// after a <see cref="FrameException"/> or <see cref="TrainerEndedException"/> nothing more can be asked.
/// </summary>
/// <param name="answers">Read from.</param>
/// <param name="questions">Written to.</param>
/// <param name="heard">Told at every sign of life.</param>
internal sealed class TrainerTalk(Stream answers, Stream questions, Action? heard = null)
{
    private const int ProgressMax = 1_000_000;   // in answer to one question
    private const int PayloadSlack = 1 << 20;    // header of a safetensors file
    private const int DataBytes = 32 << 20;      // rows travel in pieces, each a sign of life
    private const int MessageMax = 300;

    private readonly FrameStream _frames = new(answers, questions, heard);
    private long _asked;

    /// <summary>Opens the conversation.</summary>
    /// <returns>The trainer's own name.</returns>
    public string Hello(string trainer)
    {
        (TrainerMessage.Hello hello, _) = Ask<TrainerMessage.Hello>(new HostMessage.Hello(WireFormat.Protocol, trainer) { Id = 0 });
        return hello.Protocol == WireFormat.Protocol ? hello.Name : throw new FrameException($"it speaks version {hello.Protocol} of the protocol, and this site version {WireFormat.Protocol}");
    }

    /// <summary>Says what is to be learnt.</summary>
    public TrainerDescription Describe(Problem problem)
    {
        (TrainerMessage.Capabilities own, _) = Ask<TrainerMessage.Capabilities>(new HostMessage.Capabilities(WireFormat.WordOf(problem.Task), problem.Classes, problem.Features, problem.Settings) { Id = 0 });
        if (own.Tensors.Select(static tensor => tensor.Check()).FirstOrDefault(static problem => problem is not null) is { } wrong) throw new TrainerException(wrong);
        return own.Tensors.Sum(static tensor => tensor.Length) is > 0 and <= ExternalModel.ParametersMax
            ? new TrainerDescription(own.Tensors, WireFormat.AbilitiesOf(own.Abilities))
            : throw new TrainerException($"its model has {own.Tensors.Sum(static tensor => tensor.Length)} parameters; 1 to {ExternalModel.ParametersMax} are possible");
    }

    /// <summary>Asks for the parameters to start from.</summary>
    /// <param name="seed">32 bytes.</param>
    /// <param name="tensors">As it described them.</param>
    /// <returns>Shape <c>[parameters]</c>.</returns>
    public double[] Init(ReadOnlySpan<byte> seed, ImmutableArray<ExternalTensor> tensors)
    {
        (_, TensorFile? file) = Ask<TrainerMessage.Parameters>(new HostMessage.Init(Convert.ToHexStringLower(seed)) { Id = 0 }, payloadMax: PayloadMax(tensors));
        return Read(file, tensors);
    }

    /// <summary>Shows the site's rows.</summary>
    public void Load(TrainerRows rows)
    {
        Load(WireFormat.TrainPart, rows.Train);
        Load(WireFormat.TestPart, rows.Test);
    }

    /// <summary>One round's training.</summary>
    /// <param name="tensors">Of the plan.</param>
    /// <param name="round">From 1.</param>
    /// <param name="work">What to do.</param>
    /// <param name="l2">The plan's penalty.</param>
    /// <param name="start">Shape <c>[parameters]</c>.</param>
    /// <returns>The trained parameters, and what the training came to.</returns>
    public (double[] Parameters, LocalReport Report) Train(ImmutableArray<ExternalTensor> tensors, int round, LocalWork work, double l2, ReadOnlySpan<double> start)
    {
        IEnumerable<Tensor> sent = new ParameterSet(tensors).From(start).ToTensors();
        if (!work.Correction.IsEmpty) sent = sent.Concat(new ParameterSet(tensors).From(work.Correction.Span).ToTensors(WireFormat.Correction));
        HostMessage.Train question = new(round, work.Steps, work.BatchSize, work.LearningRate, work.Proximal, l2, Convert.ToHexStringLower(work.Seed.Span), work.Optimizer.IsPlain ? null : work.Optimizer) { Id = 0 };
        (TrainerMessage.Result result, TensorFile? file) = Ask<TrainerMessage.Result>(question, new TensorFile([.. sent]), PayloadMax(tensors), progress => Tell(work, progress));
        if (result.Form is not (WireFormat.Parameters or WireFormat.Change)) throw new FrameException($"it sent a result of the form '{result.Form}'; there are {WireFormat.Parameters} and {WireFormat.Change}");
        double[] trained = [.. start];
        (file is null ? throw Lacks() : ParameterSet.Read(file, tensors)).To(trained, isChange: result.Form == WireFormat.Change);
        return (trained, new LocalReport(result.Steps, 0, result.Samples, result.Loss ?? double.NaN, IsStoppedEarly: false));
    }

    /// <summary>Sums over the rows.</summary>
    /// <param name="model">Of the plan.</param>
    /// <param name="bins">Bins of the histogram, for two classes.</param>
    /// <param name="parameters">Shape <c>[parameters]</c>.</param>
    /// <param name="progressPercent">Told 0 to 100.</param>
    public TrainerSums Evaluate(ExternalModel model, int bins, ReadOnlySpan<double> parameters, Action<int> progressPercent)
    {
        bool hasScores = model.Task == ModelTask.TwoClasses;
        (TrainerMessage.Metrics metrics, TensorFile? file) = Ask<TrainerMessage.Metrics>(
            new HostMessage.Evaluate(bins, Auc.LogitMax) { Id = 0 },
            new TensorFile([.. new ParameterSet(model.Tensors).From(parameters).ToTensors()]),
            hasScores ? (2 * sizeof(long) * bins) + PayloadSlack : 0,
            progress => progressPercent(Percent(progress)));
        if (!hasScores) return new TrainerSums(metrics.Test, metrics.Train, []);
        Tensor scores = (file ?? throw Lacks()).Find("scores") ?? throw new TrainerException("its metrics have no tensor 'scores'");
        return scores.Type == TensorType.I64 ? new TrainerSums(metrics.Test, metrics.Train, [.. scores.ToArray<long>()]) : throw new TrainerException($"its tensor 'scores' is of type {scores.Type}; counts are I64");
    }

    /// <summary>Says that no more questions come.</summary>
    public void Stop() => _frames.Write(FrameKind.Control, WireFormat.ToBytes(new HostMessage.Stop { Id = ++_asked }));

    private void Load(string part, Matrix rows)
    {
        int first = 0, piece = Math.Max(1, DataBytes / (sizeof(double) * (rows.Columns + 1)));
        do
        {
            int count = Math.Min(piece, rows.Rows - first);
            TensorFile file = new(
            [
                Tensor.Create<double>("x", [count, rows.Columns], rows.Values.AsSpan(first * rows.Columns, count * rows.Columns)),
                Tensor.Create<double>("y", [count], rows.Targets.AsSpan(first, count)),
            ]);
            Ask<TrainerMessage.Ready>(new HostMessage.Data(part, first, count, rows.Rows) { Id = 0 }, file);
            first += count;
        }
        while (first < rows.Rows);
    }

    private (TReply Reply, TensorFile? Tensors) Ask<TReply>(HostMessage question, TensorFile? tensors = null, int payloadMax = 0, Action<TrainerMessage.Progress>? progress = null)
        where TReply : TrainerMessage
    {
        question = question with { Id = ++_asked, Payload = tensors is not null };
        try
        {
            _frames.Write(FrameKind.Control, WireFormat.ToBytes(question));
            if (tensors is not null) _frames.Write(FrameKind.Tensors, Safetensors.Write(tensors));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw new TrainerEndedException(e);
        }

        for (int heardOf = 0; ; heardOf++)
        {
            TrainerMessage message = WireFormat.TrainerMessageOf(Next(0).Payload);
            if (message.Id != question.Id) throw new FrameException($"it answered question {message.Id}; asked was {question.Id}");
            switch (message)
            {
                case TrainerMessage.Progress step when !step.Payload:
                    if (heardOf >= ProgressMax) throw new FrameException($"it reported progress {ProgressMax} times in answer to one question; a few times a second are enough");
                    progress?.Invoke(step);
                    break;
                case TrainerMessage.Error error when !error.Payload:
                    throw new TrainerException($"it says: {Clean(error.Message)}");
                case TReply reply:
                    return (reply, reply.Payload ? Tensors(payloadMax) : null);
                default:
                    throw new FrameException($"it answered with {message.GetType().Name.ToLowerInvariant()}, and {typeof(TReply).Name.ToLowerInvariant()} was asked for");
            }
        }
    }

    private TensorFile Tensors(int payloadMax)
    {
        Frame frame = Next(payloadMax);
        if (frame.Kind != FrameKind.Tensors) throw new FrameException("it announced tensors and sent a message");
        try
        {
            return Safetensors.Read(frame.Payload);
        }
        catch (SafetensorsFormatException e)
        {
            throw new FrameException($"it sent tensors that are not in the safetensors format: {e.Message}", e);
        }
    }

    private Frame Next(int payloadMax)
    {
        try
        {
            return _frames.Read(payloadMax) ?? throw new TrainerEndedException(null);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw new TrainerEndedException(e);
        }
    }

    private static double[] Read(TensorFile? file, ImmutableArray<ExternalTensor> tensors)
    {
        double[] values = new double[tensors.Sum(static tensor => tensor.Length)];
        (file is null ? throw Lacks() : ParameterSet.Read(file, tensors)).To(values, isChange: false);
        return values;
    }

    private static int PayloadMax(ImmutableArray<ExternalTensor> tensors) => (int)((sizeof(double) * tensors.Sum(static tensor => tensor.Length)) + PayloadSlack);

    private static TrainerException Lacks() => new("it sent no tensors with its answer");

    private static void Tell(LocalWork work, TrainerMessage.Progress progress)
    {
        int percent = Percent(progress);
        work.ProgressPercent(percent);
        work.Watch?.Invoke(new LocalProgress(progress.Epoch ?? 0, progress.Batch ?? 0, (int)(percent / 100.0 * work.Steps), work.Steps, progress.Loss ?? double.NaN, 0));
    }

    private static int Percent(TrainerMessage.Progress progress) => progress.Percent is { } percent && double.IsFinite(percent) ? (int)Math.Clamp(percent, 0, 100) : 0;

    private static string Clean(string text) => string.Concat(text.Take(MessageMax).Select(static c => char.IsControl(c) ? ' ' : c)).TrimEnd('.', ' ');
}

/// <summary>The trainer's process has gone, or closed its streams.</summary>
internal sealed class TrainerEndedException(Exception? inner) : Exception("it ended", inner);
