using System.Globalization;
using System.Text.Json;
using Fed.Host.Trainers;

namespace Fed.Host.Cluster.Local;

/// <summary>A trainer's settings as a node's configuration has them, with paths that hold wherever the configuration lies.</summary>
internal static class LocalTrainer
{
    /// <summary>A line below <c>node</c>.</summary>
    public static string Text(TrainerOptions trainer) => string.Create(CultureInfo.InvariantCulture, $"  trainer.{Quoted(trainer.Id)} {{ command = {List(trainer.Command)}, files = {List(trainer.Files.Select(Path.GetFullPath))}, env {{ {string.Join(", ", trainer.Environment.Select(static entry => $"{Quoted(entry.Key)} = {Quoted(entry.Value)}"))} }}, silence = {trainer.Silence.TotalMilliseconds:0} ms, max-memory = {trainer.MemoryMax} B, restarts = {trainer.Restarts} }}\n");

    private static string List(IEnumerable<string> texts) => $"[{string.Join(", ", texts.Select(Quoted))}]";

    private static string Quoted(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
