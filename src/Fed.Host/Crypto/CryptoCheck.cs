using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Fed.Crypto.Packing;
using Fed.Crypto.SelfTest;
using Fed.Host.Commands;
using Fed.Host.History;

namespace Fed.Host.Crypto;

/// <summary>The body of <c>fed crypto check</c>.</summary>
internal static class CryptoCheck
{
    private static readonly JsonWriterOptions Readable = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static int Run(CommandContext context)
    {
        ImmutableArray<SelfTestResult> results = CryptoSelfTest.Run();
        if (context.Json) WriteJson(context.Out, results);
        else WriteText(context, results);
        return ExitCode(results);
    }

    /// <summary>0 when every check passed, 1 otherwise: a machine that computes wrongly is the environment's fault.</summary>
    public static int ExitCode(ImmutableArray<SelfTestResult> results) => results.All(static r => r.IsPassed) ? ExitCodes.Success : ExitCodes.Environment;

    private static void WriteText(CommandContext context, ImmutableArray<SelfTestResult> results)
    {
        TextWriter output = context.Out;
        output.WriteLine("self-test");
        foreach (SelfTestResult result in results) output.WriteLine($"  {(result.IsPassed ? "ok    " : "FAILED")}  {result.Name}{(result.IsPassed ? "" : $": {result.Fault}")}");
        output.WriteLine();

        Table profiles = new("profile", "N", "primes", "log2 Q", "bound", "security", "key");
        foreach (PackingProfile profile in PackingProfile.All)
            profiles.Add(profile.Name, profile.N, Primes(profile), profile.ModulusBits, profile.Security.ModulusBitsMax(profile.N), profile.Security.Name, Key(profile));
        profiles.Write(context, "profiles");
        output.WriteLine();

        output.WriteLine($"capacity: {CapacityRow.Job}");
        Table capacity = new("profile", "sites", "grid bits", "field bits", "fields", "delta", "2(Delta M+B)", "below Q by", "upload B/value", "share B/value");
        foreach (CapacityRow row in CapacityRow.All)
        {
            capacity.Add(
                row.Profile.Name, row.Summands, row.Bits, row.Run.Width, row.Run.Fields, row.Layout.Proof.StepLog2, Power(row.OccupiedLog2), Power(row.MarginLog2),
                Math.Round(row.BytesPerValue, 2), row.ShareBytesPerValue is { } share ? Math.Round(share, 2) : null);
        }
        capacity.Write(context, "capacity");

        foreach (CapacityRow row in CapacityRow.All.Where(static row => row is { Summands: 64, Bits: 16 }))
        {
            output.WriteLine();
            foreach (string line in row.Layout.Proof.Lines()) output.WriteLine(line);
            output.WriteLine($"capacity: {row.Inequality}");
        }
        int failed = results.Count(static r => !r.IsPassed);
        output.WriteLine();
        output.WriteLine(failed == 0 ? $"crypto: {results.Length} checks passed" : $"crypto: {failed} of {results.Length} checks failed; do not run a federation on this machine");
    }

    private static void WriteJson(TextWriter output, ImmutableArray<SelfTestResult> results)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteBoolean("ok", results.All(static r => r.IsPassed));
            json.WriteStartArray("checks");
            foreach (SelfTestResult result in results)
            {
                json.WriteStartObject();
                json.WriteString("name", result.Name);
                json.WriteBoolean("ok", result.IsPassed);
                if (!result.IsPassed) json.WriteString("fault", result.Fault);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("profiles");
            foreach (PackingProfile profile in PackingProfile.All) WriteProfile(json, profile);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        output.WriteLine(Encoding.UTF8.GetString(buffer.ToArray()));
    }

    private static void WriteProfile(Utf8JsonWriter json, PackingProfile profile)
    {
        json.WriteStartObject();
        json.WriteString("name", profile.Name);
        json.WriteNumber("n", profile.N);
        json.WriteStartArray("primes");
        foreach (ulong prime in profile.Ring.Moduli.Select(static q => q.Value)) json.WriteNumberValue(prime);
        json.WriteEndArray();
        json.WriteNumber("modulusBits", profile.ModulusBits);
        json.WriteNumber("modulusBitsMax", profile.Security.ModulusBitsMax(profile.N));
        json.WriteString("security", profile.Security.Name);
        json.WriteBoolean("isThreshold", profile.IsThreshold);
        json.WriteStartArray("capacity");
        foreach (CapacityRow row in CapacityRow.All.Where(row => row.Profile == profile)) WriteCapacity(json, row);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCapacity(Utf8JsonWriter json, CapacityRow row)
    {
        json.WriteStartObject();
        json.WriteNumber("summands", row.Summands);
        json.WriteNumber("gridBits", row.Bits);
        json.WriteNumber("fieldBits", row.Run.Width);
        json.WriteNumber("fields", row.Run.Fields);
        json.WriteNumber("delta", row.Layout.Proof.StepLog2);
        json.WriteNumber("bytesPerValue", Math.Round(row.BytesPerValue, 4));
        if (row.ShareBytesPerValue is { } share) json.WriteNumber("shareBytesPerValue", Math.Round(share, 4));
        json.WriteStartArray("computation");
        foreach (string line in row.Layout.Proof.Lines()) json.WriteStringValue(line);
        json.WriteStringValue(row.Inequality);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Primes(PackingProfile profile) =>
        string.Join(" + ", profile.Ring.Moduli.GroupBy(static q => q.BitCount).Select(static group => $"{group.Count()} x {group.Key} bits"));

    private static string Key(PackingProfile profile) => profile.IsThreshold ? "collective, opened by shares" : "one, shared by all sites";

    private static string Power(double log2) => string.Create(CultureInfo.InvariantCulture, $"2^{log2:F4}");
}
