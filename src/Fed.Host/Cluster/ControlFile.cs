using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fed.Host.Cluster;

/// <summary>Where a node answers, and the word that it knows its operator by.</summary>
/// <param name="Port">On 127.0.0.1.</param>
/// <param name="Token">Of this life of the process.</param>
internal sealed record ControlPlace(int Port, string Token);

/// <summary>A node's <c>control.json</c>: readable by its owner only, written anew at each start.</summary>
internal static class ControlFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes it.</summary>
    public static void Write(string path, ControlPlace place)
    {
        string temporary = path + ".new";
        File.Delete(temporary);
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        using (FileStream file = new(temporary, options)) JsonSerializer.Serialize(file, place, ClusterJson.Default.ControlPlace);
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Reads it; null where the node has never run, or the file is not whole.</summary>
    public static ControlPlace? Read(string path)
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllText(path), ClusterJson.Default.ControlPlace) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ControlPlace))]
[JsonSerializable(typeof(NodeStatus))]
[JsonSerializable(typeof(Submitted))]
[JsonSerializable(typeof(JobAnswer))]
[JsonSerializable(typeof(Local.LocalState))]
internal sealed partial class ClusterJson : JsonSerializerContext;
