using System.Collections.Immutable;
using System.Globalization;
using Fed.Actors.Persistence;
using Fed.Host.Export;

namespace Fed.Host.History;

/// <summary>
/// The signed heads of all logs of a finished job, a line each, beside its report: they anchor the ends of the logs, which no later receipt does. Copy the file elsewhere and
/// the journals can be held against it for ever.
/// </summary>
internal static class HeadsFile
{
    /// <summary>Name of the file in the job's folder.</summary>
    public const string Name = "heads.txt";

    /// <summary>Writes the file.</summary>
    public static void Write(string jobDirectory, IEnumerable<SignedHead> heads) =>
        AtomicFile.WriteText(Path.Combine(jobDirectory, Name), string.Concat(heads.Select(static head =>
            string.Create(CultureInfo.InvariantCulture, $"{head.PersistenceId} {head.Sequence} {head.Hash} {head.KeyId} {Convert.ToBase64String(head.Signature)}\n"))));

    /// <summary>Reads the file; null where it is missing or damaged.</summary>
    public static ImmutableArray<SignedHead>? Read(string jobDirectory)
    {
        string path = Path.Combine(jobDirectory, Name);
        if (!File.Exists(path)) return null;
        try
        {
            return [.. File.ReadAllLines(path).Select(static line => line.Split(' ')).Select(static parts =>
                new SignedHead(parts[0], long.Parse(parts[1], CultureInfo.InvariantCulture), Digest.Parse(parts[2]), Digest.Parse(parts[3]), Convert.FromBase64String(parts[4])))];
        }
        catch (Exception e) when (e is FormatException or IndexOutOfRangeException or OverflowException)
        {
            return null;
        }
    }
}
