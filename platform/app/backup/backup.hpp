// A data directory copied while a node serves from it, and brought back.
#pragma once

#include <string>

#include "app/backup/backup_manifest.hpp"
#include "app/config/config.hpp"
#include "base/clock.hpp"

namespace signalbox::app {

// Copies the newest checkpoint, then every database, then the event log: what is copied later knows
// all that was copied before it, so a start from the copy replays what came in meanwhile. `dir` must
// be absent or empty; without its manifest, which comes last, it is no backup.
// Errors: kConflict for a folder in use, kNotFound where there is no data, those of the files.
Result<BackupManifest> BackUp(const Settings& settings, const std::string& dir, const Clock& clock);

// Checks every byte of the backup, then makes the data directory from it. Everything is put beside
// the places it belongs to and renamed, so that an interrupted restore leaves no half of a data directory.
// Errors: kConflict where there are data already; kDataLoss naming the damaged file.
Result<BackupManifest> Restore(const Settings& settings, const std::string& dir);

}  // namespace signalbox::app
